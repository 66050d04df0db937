import { expect, test } from 'vitest';
import { ageOf, formatBytes, formatDay, formatMinutes, formatRelative } from './format';

const now = Date.parse('2026-11-22T12:00:00Z');

test('a near instant is told relative, a far one by its date in the node’s zone', () => {
  expect(formatRelative('2026-11-22T11:54:00Z', now, 'zh-CN', 'Asia/Shanghai')).toBe('6分钟前');
  expect(formatRelative('2026-01-01T20:00:00Z', now, 'zh-CN', 'Asia/Shanghai')).toBe('2026/01/02');
});

test('a birth date is a day and no instant: no zone moves it', () => {
  expect(formatDay('1991-07-02', 'zh-CN', 'America/Los_Angeles')).toBe('1991/07/02');
});

test('in English a month is a word, since 03/01 is March to some and January to others', () => {
  expect(formatDay('2008-03-01', 'en', 'Asia/Shanghai')).toBe('Mar 01, 2008');
});

test('sizes are told in the unit that keeps them short', () => {
  expect([0, 900, 2048, 13_526_076, 31 * 2 ** 30].map((bytes) => formatBytes(bytes, 'en'))).toEqual([
    '0 B',
    '900 B',
    '2 KiB',
    '12.9 MiB',
    '31 GiB',
  ]);
});

test('age is told in days, months or years as clinicians do', () => {
  expect(ageOf('2026-11-10', now)).toEqual({ unit: 'days', count: 12 });
  expect(ageOf('2025-12-01', now)).toEqual({ unit: 'months', count: 11 });
  expect(ageOf('1991-11-23', now)).toEqual({ unit: 'years', count: 34 });
  expect(ageOf('', now)).toBeNull();
});

test('minutes have a decimal below ten and none above', () => {
  expect([0.44, 9.94, 12.6].map((value) => formatMinutes(value, 'en'))).toEqual(['0.4', '9.9', '13']);
});
