import { expect, test } from 'vitest';
import { currentVisit } from './timeline';
import type { Encounter } from './types';

const visit = (id: string, kind: string, start: string, status = 'in-progress'): Encounter => ({
  resourceType: 'Encounter',
  id,
  status,
  class: { code: kind },
  period: { start },
});

test('somebody in a bed is there, also while a clinic has seen them since', () => {
  const bed = visit('bed', 'IMP', '2026-11-20T08:00:00+08:00');
  const clinic = visit('clinic', 'AMB', '2026-11-24T08:00:00+08:00');
  expect(currentVisit([clinic, bed])?.id).toBe('bed');
  expect(currentVisit([clinic, { ...bed, status: 'finished' }])?.id).toBe('clinic');
});

test('of several open visits of a kind the latest begun counts, and of none there is none', () => {
  const morning = visit('morning', 'AMB', '2026-11-24T08:00:00+08:00');
  const noon = visit('noon', 'AMB', '2026-11-24T12:00:00+08:00');
  expect(currentVisit([morning, noon])?.id).toBe('noon');
  expect(currentVisit([{ ...noon, status: 'planned' }])).toBeNull();
});
