import type { whatIf as chinese } from './what_if.zh-CN';

/** The words of the page that tries plans. */
export const whatIf: typeof chinese = {
  title: 'What if',
  lead: 'Change how a clinic is staffed and see what would come of it. Nothing real is changed here.',
  clinic: 'Clinic',
  start: 'Start from',
  now: 'The line as it is now',
  weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  field: {
    doctors: 'Doctors',
    rooms: 'Rooms',
    slot_minutes: 'Minutes a slot',
    slot_places: 'Places a slot',
    opens: 'Opens',
    closes: 'Closes',
    demand_percent: 'Demand (%)',
    walk_in_percent: 'Walk-ins (%)',
  },
  asIs: 'as it is',
  usually: (value: string) => `now ${value}`,
  ask: 'Try it',
  asking: (seconds: number) => `Trying, ${String(seconds)} s so far (the first time about 30 s)`,
  usual: 'As planned',
  changed: 'Changed',
  difference: 'Difference',
  measure: 'A day',
  figure: {
    wait: 'Mean wait (minutes)',
    wait_p90: 'Nine of ten wait at most (minutes)',
    overtime: 'Overtime of all doctors (minutes)',
    idle: 'Idle time of all doctors (minutes)',
    unseen: 'Not seen (people)',
    cost: 'Cost (yuan)',
  },
  bars: 'A bar is the mean; its whisker is the 95% confidence interval',
  range: (mean: string, low: string, high: string) => `${mean} (${low} to ${high})`,
  better: 'better',
  worse: 'worse',
  unsure: 'no difference can be told',
  unstable: (load: number) =>
    `The work is ${String(load)}% of what the doctors can do: while they sit the line only grows`,
  unplaced: (count: number) => `${String(count)} booked patients find no slot and come without one`,
  plan: (doctors: number, hours: string, patients: string) =>
    `${String(doctors)} doctors, ${hours} hours in all, about ${patients} patients`,
  basis: (visits: string, days: number, plays: string, seconds: string) =>
    `Learnt from ${visits} visits of ${String(days)} past days; the same patients played for ${plays} days under both plans, in ${seconds} s.`,
  notNarrow: 'The time was over while the intervals were still wide: take the difference with care.',
  wide: 'Result',
  emptyTitle: 'Nothing tried yet',
  emptyWhat: 'Change something above, then press “Try it”.',
  noClinics: 'No clinic has places to book yet',
};
