import type { Location } from './types';

const translation = 'http://hl7.org/fhir/StructureDefinition/translation';
const chinese = /\p{Script=Han}/u;

/** What a place is called in the reader's language: by R4's translation extension, else by an alias without Chinese. */
export function placeName(place: Location, language: string): string | undefined {
  if (language !== 'en') return place.name;
  const translated = place._name?.extension
    ?.filter((one) => one.url === translation)
    .map((one) => new Map(one.extension?.map((part) => [part.url, part.valueCode ?? part.valueString])))
    .find((parts) => parts.get('lang')?.startsWith('en'));
  return translated?.get('content') || place.alias?.find((alias) => !chinese.test(alias)) || place.name;
}
