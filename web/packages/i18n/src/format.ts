const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "6 minutes ago" within thirty days of `now` (both instants), the date after that. */
export function formatRelative(instant: string, now: number, language: string, zone: string): string {
  const apart = Date.parse(instant) - now;
  const distance = Math.abs(apart);
  if (Number.isNaN(distance)) return '';
  if (distance > 30 * day) return formatDay(instant, language, zone);
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  if (distance < minute) return words.format(0, 'second');
  if (distance < hour) return words.format(Math.trunc(apart / minute), 'minute');
  if (distance < day) return words.format(Math.trunc(apart / hour), 'hour');
  return words.format(Math.trunc(apart / day), 'day');
}

/** Date and time of an instant in `zone`, in full; a bare date stays a date. */
export function formatAbsolute(instant: string, language: string, zone: string): string {
  if (isBareDate(instant)) return formatDay(instant, language, zone);
  return format(instant, language, zone, {
    ...dayShape(language),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

export function formatTime(instant: string | number, language: string, zone: string): string {
  return format(instant, language, zone, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** The calendar day of an instant in `zone`; a FHIR date without a time is no instant and is not shifted. */
export function formatDay(instant: string, language: string, zone: string): string {
  return format(instant, language, isBareDate(instant) ? 'UTC' : zone, dayShape(language));
}

/** A day of the coming weeks: today, tomorrow, or weekday with day and month. `today` and `day` are dates (2026-11-23). */
export function formatComingDay(day: string, today: string, language: string): string {
  const apart = Math.round((Date.parse(day) - Date.parse(today)) / (24 * 3_600_000));
  if (apart === 0 || apart === 1) {
    const word = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(apart, 'day');
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
  return format(day, language, 'UTC', { weekday: 'short', month: 'numeric', day: 'numeric' });
}

/** The date that calendars of `zone` show at `instant` (2026-11-23). */
export function dateIn(instant: string | number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(instant));
}

/** Chinese dates begin with the year; in English 03/01 is March to some and January to others, so the month is a word. */
function dayShape(language: string): Intl.DateTimeFormatOptions {
  return { year: 'numeric', month: language === 'en' ? 'short' : '2-digit', day: '2-digit' };
}

/** Fen as yuan with two decimals (1250: 12.50). */
export function formatYuan(fen: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(
    fen / 100,
  );
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(value);
}

/** Minutes without a false exactness: a decimal below ten, none above. */
export function formatMinutes(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number, language: string): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const shown = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1024 ** power);
  return `${shown} ${units[power] ?? ''}`;
}

export type Age = { unit: 'years' | 'months' | 'days'; count: number } | null;

/** Age as clinicians say it: days below a month, months below two years, then years. */
export function ageOf(birthDate: string | null | undefined, now: number): Age {
  const born = birthDate?.match(/^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/);
  if (!born) return null;
  const today = new Date(now);
  const date = { year: Number(born[1]), month: Number(born[2] ?? 1) - 1, day: Number(born[3] ?? 1) };
  const wholeMonths =
    (today.getFullYear() - date.year) * 12 +
    today.getMonth() -
    date.month -
    (today.getDate() < date.day ? 1 : 0);
  if (wholeMonths < 0) return null;
  if (wholeMonths >= 24) return { unit: 'years', count: Math.floor(wholeMonths / 12) };
  if (wholeMonths >= 1) return { unit: 'months', count: wholeMonths };
  return {
    unit: 'days',
    count: Math.floor((now - new Date(date.year, date.month, date.day).getTime()) / day),
  };
}

function isBareDate(instant: string): boolean {
  return instant.length <= 10;
}

function format(
  instant: string | number,
  language: string,
  zone: string,
  shape: Intl.DateTimeFormatOptions,
): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime())
    ? ''
    : new Intl.DateTimeFormat(language, { ...shape, timeZone: zone }).format(date);
}
