import { theme as antd, type ThemeConfig } from 'antd';
import { dark, fontFamily, light, type Palette } from './tokens';

export type Mode = 'light' | 'dark';

export function paletteOf(mode: Mode): Palette {
  return mode === 'dark' ? dark : light;
}

/**
 * The antd theme of a palette. antd's own algorithm would shift the colours away from the measured pairs, so
 * what it derives is overwritten after it ran.
 */
export function themeOf(mode: Mode): ThemeConfig {
  const palette = paletteOf(mode);
  const derive = mode === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm;
  return {
    algorithm: (seed) => ({ ...derive(seed), ...mapTokens(palette) }),
    token: {
      colorPrimary: palette.primary,
      borderRadius: 6,
      fontSize: 14,
      fontFamily,
      ...aliasTokens(palette),
    },
    components: componentTokens(palette),
  };
}

function mapTokens(palette: Palette) {
  return {
    colorPrimary: palette.primary,
    colorPrimaryHover: palette.primaryHover,
    colorPrimaryActive: palette.primaryActive,
    colorPrimaryText: palette.primary,
    colorPrimaryBg: palette.primarySoft,
    colorPrimaryBgHover: palette.primarySoft,
    colorSuccess: palette.success,
    colorSuccessText: palette.success,
    colorWarning: palette.warning,
    colorWarningText: palette.warning,
    colorError: palette.error,
    colorErrorText: palette.error,
    colorErrorHover: palette.error,
    colorErrorActive: palette.error,
    colorInfo: palette.info,
    colorInfoText: palette.info,
    colorLink: palette.primary,
    colorLinkHover: palette.primaryHover,
    colorText: palette.text,
    colorTextSecondary: palette.textSecondary,
    colorTextTertiary: palette.textTertiary,
    colorTextQuaternary: palette.textTertiary,
    colorBgLayout: palette.layout,
    colorBgContainer: palette.surface,
    colorBgElevated: palette.raised,
    colorBorder: palette.borderStrong,
    colorBorderSecondary: palette.border,
  };
}

function aliasTokens(palette: Palette) {
  return {
    colorTextDescription: palette.textTertiary,
    colorTextPlaceholder: palette.textTertiary,
    colorTextDisabled: palette.textTertiary,
    colorTextHeading: palette.text,
    colorIcon: palette.textTertiary,
    controlOutlineWidth: 3,
  };
}

function componentTokens(palette: Palette): ThemeConfig['components'] {
  return {
    Button: { primaryColor: palette.onPrimary, dangerColor: palette.onPrimary, fontWeight: 500 },
    Segmented: {
      itemSelectedBg: palette.primary,
      itemSelectedColor: palette.onPrimary,
      trackBg: palette.hover,
    },
    Tooltip: { colorBgSpotlight: palette.text, colorTextLightSolid: palette.surface },
  };
}
