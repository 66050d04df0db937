import { expect, test } from 'vitest';
import { decisionOf, kindOf, onlyCare, oneDoctor, sensitiveClosed, withdrawn, type Consent } from './consent';

const now = '2026-11-23T08:00:00+08:00';
const wang = { id: 'w1', name: '王医生' };

test('each decision that a patient makes is known again when it is read', () => {
  expect(kindOf(onlyCare('p', now))).toBe('onlyCare');
  expect(kindOf(oneDoctor('p', now, wang, null))).toBe('oneDoctor');
  expect(kindOf(sensitiveClosed('p', now, []))).toBe('sensitiveClosed');
  expect(kindOf(sensitiveClosed('p', now, [wang]))).toBe('sensitiveClosed');
});

test('closing the record leaves identity and visits to the desks', () => {
  const closed = onlyCare('p', now).provision?.class?.map((one) => one.code) ?? [];
  expect(closed).toContain('Observation');
  expect(closed).toContain('Condition');
  for (const open of ['Patient', 'Encounter', 'Appointment', 'Coverage', 'Consent'])
    expect(closed).not.toContain(open);
});

test('a doctor is named by reference and, for reading, by name', () => {
  const actor = oneDoctor('p', now, wang, '2026-12-23').provision?.actor?.[0]?.reference;
  expect(actor).toEqual({ reference: 'Practitioner/w1', display: '王医生' });
  expect(oneDoctor('p', now, wang, '2026-12-23').provision?.period).toEqual({
    start: now,
    end: '2026-12-23',
  });
  expect(oneDoctor('p', now, wang, null).provision?.period).toEqual({ start: now });
});

test('withdrawing changes nothing but the status', () => {
  const given: Consent = { ...oneDoctor('p', now, wang, null), id: 'c' };
  expect(withdrawn(given)).toEqual({ ...given, status: 'inactive' });
});

test('what a hospital wrote in another shape is not taken for one of ours', () => {
  const research: Consent = { ...oneDoctor('p', now, wang, null) };
  research.provision = { ...research.provision, purpose: [{ code: 'HRESCH' }] };
  expect(kindOf(research)).toBe('other');
  expect(kindOf({ ...research, provision: { type: 'deny' } })).toBe('other');
  expect(kindOf({ ...research, provision: {} })).toBe('other');
});

test('a nested provision that says nothing is an exception to the one around it', () => {
  expect(decisionOf({}, 'deny')).toBe('permit');
  expect(decisionOf({}, 'permit')).toBe('deny');
  expect(decisionOf({ type: 'deny' }, 'permit')).toBe('deny');
});
