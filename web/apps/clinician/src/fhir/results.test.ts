import { expect, test } from 'vitest';
import { pointOf, testsOf, unitWords } from './results';
import type { Observation } from './types';

function potassium(id: string, value: number, at: string, more: Partial<Observation> = {}): Observation {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: {
      coding: [{ system: 'http://loinc.org', code: '2823-3', display: '钾' }, { display: 'Potassium' }],
    },
    effectiveDateTime: at,
    valueQuantity: { value, unit: 'mmol/L' },
    ...more,
  };
}

test('results of one test stand together, the latest instant first whatever its zone', () => {
  const [first] = testsOf(
    [potassium('a', 4, '2026-11-22T10:00:00+08:00'), potassium('b', 5, '2026-11-22T03:00:00Z')],
    'zh-CN',
  );
  expect(first?.points.map((point) => point.id)).toEqual(['b', 'a']);
});

test('a test is named in the reader’s language', () => {
  expect(testsOf([potassium('a', 4, '2026-11-22')], 'en')[0]?.name).toBe('Potassium');
  expect(testsOf([potassium('a', 4, '2026-11-22')], 'zh-CN')[0]?.name).toBe('钾');
});

test('results in different units never share a line', () => {
  const other = potassium('b', 16, '2026-11-22', { valueQuantity: { value: 16, unit: 'mg/dL' } });
  expect(testsOf([potassium('a', 4, '2026-11-22'), other], 'en')).toHaveLength(2);
});

test('a result entered in error is not shown', () => {
  expect(testsOf([potassium('a', 9, '2026-11-22', { status: 'entered-in-error' })], 'en')).toEqual([]);
});

test('the laboratory’s judgement stands; without one a value outside its range is only watched', () => {
  const range = { referenceRange: [{ low: { value: 3.5 }, high: { value: 5.3 } }] };
  expect(pointOf(potassium('a', 9, '2026-11-22', range)).severity).toBe('watch');
  const judged = { ...range, interpretation: [{ coding: [{ code: 'HH' }] }] };
  expect(pointOf(potassium('a', 9, '2026-11-22', judged)).severity).toBe('critical');
});

test('a value that nobody judged and no range tells of is not called normal', () => {
  expect(pointOf(potassium('a', 4, '2026-11-22')).judged).toBe(false);
  const range = { referenceRange: [{ low: { value: 3.5 }, high: { value: 5.3 } }] };
  expect(pointOf(potassium('a', 4, '2026-11-22', range)).judged).toBe(true);
  const judged = { interpretation: [{ coding: [{ code: 'N' }] }] };
  expect(pointOf(potassium('a', 4, '2026-11-22', judged)).judged).toBe(true);
});

test('a blood pressure is one value with two readings', () => {
  const pressure = pointOf({
    ...potassium('a', 0, '2026-11-22', { valueQuantity: {} }),
    component: [
      { code: { text: 'systolic' }, valueQuantity: { value: 128, unit: 'mm[Hg]' } },
      { code: { text: 'diastolic' }, valueQuantity: { value: 82, unit: 'mm[Hg]' } },
    ],
  });
  expect([pressure.shown, pressure.unit, pressure.readings.length]).toEqual(['128/82', 'mmHg', 2]);
});

test('units are written as clinicians write them', () => {
  expect(['10*9/L', 'umol/L', 'Cel', 'mm[Hg]', 'U/L', 'mL/min/{1.73_m2}'].map(unitWords)).toEqual([
    '10⁹/L',
    'µmol/L',
    '°C',
    'mmHg',
    'U/L',
    'mL/min/1.73 m²',
  ]);
});
