import { expect, test } from 'vitest';
import { referenceOf } from './words';

test('a reference is understood alone, as an address, and with a version', () => {
  const wanted = { type: 'Observation', id: 'a-1.b' };
  expect(referenceOf(' Observation/a-1.b ')).toEqual(wanted);
  expect(referenceOf('https://node.example/fhir/Observation/a-1.b')).toEqual(wanted);
  expect(referenceOf('/fhir/Observation/a-1.b/_history/3')).toEqual(wanted);
});

test('what is no reference is not taken for one', () => {
  for (const text of ['', 'Observation', 'observation/1', 'Observation/', 'Observation/a b', '12345'])
    expect(referenceOf(text)).toBeNull();
});
