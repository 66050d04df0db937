import { expect, test } from 'vitest';
import { placeName } from './location';
import type { Location } from './types';

const bed: Location = { resourceType: 'Location', id: 'b', name: '12-2床' };
const translated = {
  extension: [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/translation',
      extension: [
        { url: 'lang', valueCode: 'en' },
        { url: 'content', valueString: 'Bed 12-2' },
      ],
    },
  ],
};

test('a bed is named in the reader’s language where its record has a translation', () => {
  expect(placeName({ ...bed, _name: translated, alias: ['小床', 'Cot'] }, 'en')).toBe('Bed 12-2');
  expect(placeName({ ...bed, _name: translated }, 'zh-CN')).toBe('12-2床');
});

test('without a translation an alias without Chinese stands in, and without one the name', () => {
  expect(placeName({ ...bed, alias: ['小床', 'Cot'] }, 'en')).toBe('Cot');
  expect(placeName({ ...bed, alias: ['小床'] }, 'en')).toBe('12-2床');
});
