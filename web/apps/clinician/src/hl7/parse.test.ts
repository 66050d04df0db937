import { expect, test } from 'vitest';
import { segmentsOf } from './parse';

const field = (text: string, segment: number, number: number) =>
  segmentsOf(text)[segment]?.fields.find((one) => one.number === number)?.words;

const head = 'MSH|^~\\&|LAB|H|X|N|20261122||ORU^R01|42|P|2.5.1';

test('the head counts its field separator as the first field', () => {
  expect(field(head, 0, 1)).toBe('|');
  expect(field(head, 0, 2)).toBe('^~\\&');
  expect(field(head, 0, 10)).toBe('42');
});

test('components and repetitions are told apart, empty ones left out', () => {
  expect(field(`${head}\rPID|1||M1^^^XLMRN~3101^^^CNRID||王^小明`, 1, 3)).toBe('M1 · XLMRN\n3101 · CNRID');
});

test('escapes become what they stand for', () => {
  expect(field(`${head}\rOBX|1|ST|||A\\T\\B\\.br\\C\\F\\D`, 1, 5)).toBe('A&B\nC|D');
});

test('an unknown or unclosed escape is shown as it came', () => {
  expect(field(`${head}\rNTE|1||50\\X41\\ and \\`, 1, 3)).toBe('50\\X41\\ and \\');
});

test('a sender may choose its own delimiters', () => {
  expect(field('MSH#*~\\&#LAB\rPID#1##M1*XL', 1, 3)).toBe('M1 · XL');
});

test('a message without a head is still laid out', () => {
  expect(field('PID|1||M1^XL', 0, 3)).toBe('M1 · XL');
});
