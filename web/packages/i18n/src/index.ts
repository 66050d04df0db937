export {
  ageOf,
  dateIn,
  formatAbsolute,
  formatBytes,
  formatComingDay,
  formatDay,
  formatMinutes,
  formatNumber,
  formatRelative,
  formatTime,
  formatYuan,
} from './format';
export { LanguageProvider, useLanguage } from './language';
export type { Language } from './language';
export type { zhCN as ChineseCatalogue } from './zh-CN';
import type { zhCN } from './zh-CN';

/** Every string of the pages; a language that lacks one does not compile. */
export type Catalogue = typeof zhCN;
