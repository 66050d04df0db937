import type { Catalogue } from './index';

const minutes = (value: number) => (Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0));
const between = (low: number, high: number) => {
  const [least, most] = [Math.abs(low), Math.abs(high)].sort((one, other) => one - other);
  return `${minutes(least ?? 0)}–${minutes(most ?? 0)}`;
};

/** The words of the page that plays a change of a clinic. */
export const whatIf: Catalogue['whatIf'] = {
  title: 'What if',
  oneMore: 'What if one doctor more came?',
  what: 'Plays the next four hours of a clinic from this moment, as it is and with your change, 1,000 times each. Nothing is changed in the house.',
  clinic: 'Clinic',
  nowThere: (doctors, waiting) =>
    `Now: ${doctors === 1 ? '1 doctor' : `${String(doctors)} doctors`} at work, ${String(waiting)} waiting`,
  levers: 'What is changed',
  lever: { doctors: 'Doctors', minutes: 'Hours of all', demand: 'People who come' },
  value: {
    doctors: (value) =>
      value === 0 ? 'as now' : value > 0 ? `${String(value)} more` : `${String(-value)} fewer`,
    minutes: (value) =>
      value === 0 ? 'as now' : value > 0 ? `${String(value)} min longer` : `${String(-value)} min shorter`,
    demand: (value) => `${String(value)}%`,
  },
  less: (name) => `${name}: less`,
  more: (name) => `${name}: more`,
  ask: 'Play both',
  playing: 'Four hours are being played 1,000 times; the first time after a rest takes some seconds…',
  result: 'What comes of it',
  said: (one, other) => `People wait ${minutes(other)} min on average instead of ${minutes(one)} min.`,
  figure: 'Of the next four hours',
  both: 'As it is, and with the change',
  differs: 'Difference on average (95 of 100)',
  asIs: 'As it is',
  changed: 'Changed',
  figures: {
    wait: 'Wait (min)',
    overtime: 'Overtime of all doctors (min)',
    idle: 'Idle time of all doctors (min)',
    people: 'People to be seen',
  },
  figureOf: (mean, low, high) => `${minutes(mean)} (${minutes(low)}–${minutes(high)})`,
  difference: {
    wait: (mean, low, high) =>
      `${minutes(Math.abs(mean))} min ${mean < 0 ? 'shorter' : 'longer'} (${between(low, high)})`,
    overtime: (mean, low, high) =>
      `${minutes(Math.abs(mean))} min ${mean < 0 ? 'less' : 'more'} (${between(low, high)})`,
    idle: (mean, low, high) =>
      `${minutes(Math.abs(mean))} min ${mean < 0 ? 'less' : 'more'} (${between(low, high)})`,
    people: (mean, low, high) =>
      `${minutes(Math.abs(mean))} ${mean < 0 ? 'fewer' : 'more'} (${between(low, high)})`,
  },
  same: 'No difference that can be told from chance',
  howToRead: (plays) =>
    `The bar is the mean of ${String(plays)} plays, the thin line holds 80 of 100. Both are played by the same chances, so the difference is known better than either.`,
  doctorHours: (one, other) =>
    `Cost in doctors' hours within the four hours: ${one.toFixed(1)} as it is, ${other.toFixed(1)} changed.`,
  moved: (count) =>
    `${String(count)} appointments fall outside the changed hours and would have to be moved; they are not counted`,
  emptyTitle: 'No clinic is running now',
  emptyWhat: 'Once people check in or doctors sit, a clinic can be played from its state here.',
};
