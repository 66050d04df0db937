import { expect, test } from 'vitest';
import { leverIn, mayBeNone, topOf } from './load';

test('an address that nobody could ask is brought within what can be asked', () => {
  expect(leverIn('3', 'doctors')).toBe(3);
  expect(leverIn('-999', 'doctors')).toBe(-20);
  expect(leverIn('9999', 'demand')).toBe(400);
  expect(leverIn('', 'demand')).toBe(100);
  expect(leverIn(null, 'minutes')).toBe(0);
  expect(leverIn('<b>', 'minutes')).toBe(0);
});

test('an interval that holds nought tells of no difference for sure', () => {
  expect(mayBeNone({ mean: -1, low: -2.5, high: 0.4 })).toBe(true);
  expect(mayBeNone({ mean: -1, low: -1.5, high: -0.4 })).toBe(false);
});

test('both bands are read on one scale', () => {
  expect(topOf([[0, 1, 2, 3, 4, 9, 30], null], [[0, 1, 2, 3, 4, 12, 20]])).toBe(15);
  expect(topOf([], [])).toBe(0);
});
