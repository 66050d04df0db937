import type { Catalogue } from './index';

/** The words of the twin's page. */
export const twin: Catalogue['twin'] = {
  title: 'House forecast',
  clinics: 'Clinics',
  wards: 'Wards',
  figure: 'Shown in the charts',
  comers: 'Wait of who comes (min)',
  length: 'People in line',
  waiting: 'waiting',
  inRoom: 'with a doctor',
  atTests: 'at tests',
  beds: 'beds',
  inAnHour: {
    comers: (middle, low, high) =>
      `Who comes in an hour waits about ${String(middle)} min (${String(low)}–${String(high)})`,
    length: (middle, low, high) =>
      `In an hour about ${String(middle)} in line (${String(low)}–${String(high)})`,
  },
  inADay: (middle, low, high, goneLow, goneHigh) =>
    `In 24 hours about ${String(middle)} in bed (${String(low)}–${String(high)}); ${String(goneLow)}–${String(goneHigh)} leave by then`,
  fullBy: (percent) => `Chance of being full within 24 hours: ${String(percent)}%`,
  notForeseen: 'Nothing is foreseen: no doctor sits, or hardly anybody comes',
  bandOf: (name, figure, words) => `${name}: ${figure}, forecast. ${words}`,
  overflows: (time, minutes, load) =>
    `From ${time} on half of those who come will wait over ${String(minutes)} min (work is ${String(load)}% of what can be done)`,
  overloaded: (load) =>
    `More come than can be seen: work is ${String(load)}% of what can be done; the line will grow`,
  guessVisits: (visits) => `Learnt from ${String(visits)} visits only: take it as a guess`,
  guessStays: (stays) => `Learnt from ${String(stays)} stays only: take it as a guess`,
  alarms: 'Alarms',
  open: (count) => `${String(count)} to see to`,
  noAlarms: 'There is nothing to see to now.',
  rule: {
    line_not_called: (figure) => `People wait and nobody was called for ${String(figure)} minutes`,
    line_overflows: (_figure, at) => `From about ${at} on half of those who come will wait over an hour`,
    wait_beyond: (figure) =>
      `Somebody has waited ${String(figure)} minutes longer than the latest time that was foreseen`,
    ward_fills: (figure, at) => `Likely to be full from about ${at} on (within 24 hours: ${String(figure)}%)`,
  },
  owner: {
    outpatient_nurse: 'Head nurse, clinics',
    medical_director: 'Medical office',
    head_nurse: 'Head nurse, ward',
  },
  action: {
    line_not_called: 'Go and see whether the doctor is there.',
    line_overflows: 'Add a doctor, or move later appointments to another time.',
    wait_beyond: 'Find this patient and tell them why.',
    ward_fills: 'Check with the doctors who can go home today, and arrange beds elsewhere.',
  },
  seeTo: 'I see to it',
  seenTo: (name) => `${name} sees to it`,
  calibration: 'How true it came',
  notCalibrated: 'Too few forecasts have met their truth yet; counting begins after two hours.',
  calibrationHeads: ['Foreseen', 'Times', '50%', '80%', '95%', 'Mean error'],
  foreseenOf: {
    who_waits: 'Call of who waits',
    who_is_expected: 'Wait of who is booked',
    who_comes: 'Wait of who comes',
    line_length: 'People in line',
    beds_24_hours: 'In bed in 24 hours',
    beds_72_hours: 'In bed in 72 hours',
  },
  cameTrue: (share) => `Of 100 calls foreseen with 80%, ${String(share)} came true.`,
  howToRead:
    'The line is the middle; the bands, from dark to pale, hold 50, 80 and 95 of 100. Figures in brackets hold 80 of 100.',
  replay: 'Replay',
  play: 'Play',
  pause: 'Pause',
  speed: 'Speed of replay',
  moment: 'Moment that is shown',
  now: 'Now',
  toNow: 'Back to now',
  past: 'Replay',
  foreseenAt: (time) => `Foreseen at ${time}`,
  firstInAMinute: 'The first forecast comes within a minute',
  emptyTitle: 'No clinic or ward is running yet',
  emptyWhat: 'Once people check in, book or are admitted, forecasts appear here every minute.',
  people: 'Who waits',
  waitHeads: ['No.', 'State', 'Since', 'Until called'],
  minutes: (middle, low, high) => `about ${String(middle)} min (${String(low)}–${String(high)})`,
  state: { waiting: 'waiting', at_tests: 'at tests', skipped: 'missed the call' },
};
