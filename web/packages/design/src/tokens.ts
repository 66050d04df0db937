/** Every colour of the pages, once; each text/background pair reaches 4.5:1 (measured with axe in the journeys). */
export interface Palette {
  primary: string;
  primaryHover: string;
  primaryActive: string;
  primarySoft: string;
  onPrimary: string;
  text: string;
  textSecondary: string;
  textTertiary: string;
  success: string;
  warning: string;
  error: string;
  info: string;
  layout: string;
  surface: string;
  raised: string;
  hover: string;
  border: string;
  borderStrong: string;
  glow: string;
  watchSoft: string;
  actSoft: string;
  criticalSoft: string;
  act: string;
}

export const light: Palette = {
  primary: '#006b66',
  primaryHover: '#00524e',
  primaryActive: '#003f3c',
  primarySoft: '#e1f1ef',
  onPrimary: '#ffffff',
  text: '#1f2a2e',
  textSecondary: '#4d4d4d',
  textTertiary: '#595959',
  success: '#1e5e04',
  warning: '#8a4b00',
  error: '#a8071a',
  info: '#0b5394',
  layout: '#f5f7f7',
  surface: '#ffffff',
  raised: '#ffffff',
  hover: '#eef4f3',
  border: '#d9e0e0',
  borderStrong: '#7d8a8c',
  glow: '#fff1b8',
  watchSoft: '#fff4e0',
  actSoft: '#ffe7d6',
  criticalSoft: '#fde8ea',
  act: '#a33b00',
};

export const dark: Palette = {
  primary: '#4fc4b8',
  primaryHover: '#74d6cc',
  primaryActive: '#9be5dd',
  primarySoft: '#16363a',
  onPrimary: '#04211f',
  text: '#e6ecec',
  textSecondary: '#c2cbcb',
  textTertiary: '#aab4b5',
  success: '#8fd46a',
  warning: '#f2b45c',
  error: '#ff8f8f',
  info: '#7fb8f0',
  layout: '#0f1517',
  surface: '#171f22',
  raised: '#1f292c',
  hover: '#222e31',
  border: '#324045',
  borderStrong: '#7f8f93',
  glow: '#4d4210',
  watchSoft: '#33270f',
  actSoft: '#3a2415',
  criticalSoft: '#40191e',
  act: '#ff9d5c',
};

export const fontFamily =
  '"PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei", system-ui, -apple-system, "Segoe UI", sans-serif';

/** Chart colours that stay apart for colour-blind eyes (Okabe and Ito 2008, yellow and sky darkened for contrast). */
export const chartColours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#8a6d00',
  '#2a8fbd',
  '#5b4db1',
  '#6b6b6b',
] as const;

/** Puts the palette where style sheets find it: `primarySoft` becomes `--primary-soft`. */
export function applyPalette(palette: Palette, element: HTMLElement): void {
  for (const [name, value] of Object.entries(palette) as [string, string][]) {
    element.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
  }
  element.style.setProperty('--font', fontFamily);
}
