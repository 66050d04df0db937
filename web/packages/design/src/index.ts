export { compareGravity, graver, severityOf, SeverityShape, type Severity } from './severity';
export { Sparkline } from './sparkline';
export { paletteOf, themeOf, type Mode } from './theme';
export { applyPalette, chartColours, type Palette } from './tokens';
