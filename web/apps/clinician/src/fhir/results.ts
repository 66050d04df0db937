import { severityOf, type Severity } from '@xinglin/design';
import type { Component, Concept, Observation, Quantity, ReferenceRange } from './types';

/** One numeric line of a test; a panel such as blood pressure has several. */
export interface Reading {
  name: string;
  value: number;
}

/** One result of a test as shown. */
export interface Point {
  id: string;
  at: string | null;
  /** The value as text, without unit. */
  shown: string;
  readings: Reading[];
  unit: string;
  /** v3-ObservationInterpretation code; null when the source gave none and none follows from the range. */
  interpretation: string | null;
  severity: Severity;
  /** Whether anybody or a stated range tells how the value is; where not, it is not called normal. */
  judged: boolean;
  range: string | null;
  low: number | undefined;
  high: number | undefined;
  status: string;
  note: string | null;
}

/** All results of one test, newest first. */
export interface Test {
  key: string;
  name: string;
  category: string;
  points: [Point, ...Point[]];
}

const chinese = /\p{Script=Han}/u;

/** A concept in words: in the reader's language where one of its names is, otherwise its first name. */
export function wordsOf(concept: Concept | undefined, language?: string): string {
  const coding = concept?.coding ?? [];
  const names = [concept?.text, ...coding.map((one) => one.display)].filter((name) => name !== undefined);
  const fitting = language && names.find((name) => chinese.test(name) === (language !== 'en'));
  return fitting || (names[0] ?? coding.find((one) => one.code)?.code ?? '');
}

/** Groups observations by what was measured, named in the reader's language. Withdrawn ones (entered-in-error, cancelled) are left out. */
export function testsOf(observations: readonly Observation[], language: string): Test[] {
  const tests = new Map<string, Test>();
  const valid = observations.filter((one) => one.status !== 'entered-in-error' && one.status !== 'cancelled');
  for (const observation of newestFirst(valid)) {
    const point = pointOf(observation);
    if (point.shown === '') continue;
    const key = keyOf(observation);
    const known = tests.get(key);
    if (known) known.points.push(point);
    else {
      const category = categoryOf(observation);
      tests.set(key, { key, name: wordsOf(observation.code, language), category, points: [point] });
    }
  }
  return [...tests.values()];
}

/** LOINC codes that R4's vital signs profiles fix (hl7.org/fhir/R4/observation-vitalsigns.html); wires often drop the category. */
const vitalSigns = new Set(
  '85353-1 9279-1 8867-4 2708-6 59408-5 8310-5 8302-2 9843-4 29463-7 39156-5 85354-9 8480-6 8462-4'.split(
    ' ',
  ),
);

function categoryOf(observation: Observation): string {
  const said = observation.category?.flatMap((one) => one.coding ?? []).find((coding) => coding.code)?.code;
  if (said) return said.toLowerCase();
  const codes = observation.code.coding ?? [];
  return codes.some((coding) => vitalSigns.has(coding.code ?? '')) ? 'vital-signs' : 'other';
}

export function effectiveOf(observation: Observation): string | null {
  return (
    observation.effectiveDateTime ??
    observation.effectiveInstant ??
    observation.effectivePeriod?.start ??
    observation.issued ??
    null
  );
}

function newestFirst(observations: readonly Observation[]): Observation[] {
  const instant = (one: Observation) => Date.parse(effectiveOf(one) ?? '') || 0;
  return [...observations].sort((one, other) => instant(other) - instant(one));
}

/** The same test from two senders has one code but maybe two texts; units that differ must not share a line. */
function keyOf(observation: Observation): string {
  const coding = observation.code.coding?.find((one) => one.code);
  const what = coding ? `${coding.system ?? ''}|${coding.code ?? ''}` : wordsOf(observation.code);
  return `${what}|${observation.valueQuantity?.unit ?? ''}`;
}

export function pointOf(observation: Observation): Point {
  const components = (observation.component ?? []).filter((one) => valueOf(one) !== '');
  const single = valueOf(observation);
  const whole = single !== '' || components.length === 0;
  const parts = components.map((one) => valueOf(one));
  const range = observation.referenceRange?.[0];
  const low = range?.low?.value;
  const high = range?.high?.value;
  const number = observation.valueQuantity?.value ?? observation.valueInteger;
  const interpretation = interpretationOf(observation, components) ?? outside(number, low, high);
  return {
    id: observation.id,
    at: effectiveOf(observation),
    shown: whole ? single : allNumeric(components) ? parts.join('/') : labelled(components),
    readings: whole ? readingOf(observation, number) : componentReadings(components),
    unit: whole
      ? unitOf(observation.valueQuantity)
      : allNumeric(components)
        ? unitOf(components[0]?.valueQuantity)
        : '',
    interpretation,
    severity: severityOf(interpretation),
    judged: interpretation !== null || (number !== undefined && (low !== undefined || high !== undefined)),
    range: rangeWords(range),
    low,
    high,
    status: observation.status,
    note: observation.note?.map((one) => one.text ?? '').join('\n') || null,
  };
}

function readingOf(observation: Observation, value: number | undefined): Reading[] {
  return value === undefined ? [] : [{ name: wordsOf(observation.code), value }];
}

function componentReadings(components: Component[]): Reading[] {
  return components.flatMap((one) => {
    const value = one.valueQuantity?.value;
    return value === undefined ? [] : [{ name: wordsOf(one.code), value }];
  });
}

function allNumeric(components: Component[]): boolean {
  const units = new Set(components.map((one) => one.valueQuantity?.unit));
  return (
    components.length > 1 &&
    units.size === 1 &&
    components.every((one) => one.valueQuantity?.value !== undefined)
  );
}

function labelled(components: Component[]): string {
  return components
    .map((one) => `${wordsOf(one.code)} ${valueOf(one)} ${unitOf(one.valueQuantity)}`.trim())
    .join('; ');
}

function valueOf(value: Omit<Component, 'code'>): string {
  if (value.valueQuantity?.value !== undefined) return trimmed(value.valueQuantity.value);
  if (value.valueString !== undefined) return value.valueString;
  if (value.valueCodeableConcept) return wordsOf(value.valueCodeableConcept);
  if (value.valueInteger !== undefined) return String(value.valueInteger);
  if (value.valueBoolean !== undefined) return value.valueBoolean ? '+' : '−';
  if (value.valueRange) return `${amount(value.valueRange.low)}–${amount(value.valueRange.high)}`;
  if (value.valueRatio)
    return `${amount(value.valueRatio.numerator)}:${amount(value.valueRatio.denominator)}`;
  return value.valueDateTime ?? value.valueTime ?? wordsOf(value.dataAbsentReason);
}

function amount(quantity: Quantity | undefined): string {
  return quantity?.value === undefined ? '' : trimmed(quantity.value);
}

/** Generated data carry up to 15 decimals; four significant places below the point are more than any device measures. */
function trimmed(value: number): string {
  return String(Number(value.toFixed(4)));
}

function unitOf(quantity: Quantity | undefined): string {
  return unitWords(quantity?.unit ?? quantity?.code ?? '');
}

function interpretationOf(observation: Observation, components: Component[]): string | null {
  const all = [observation.interpretation, ...components.map((one) => one.interpretation)];
  const codes = all.flatMap((concepts) => concepts?.[0]?.coding?.[0]?.code ?? []);
  return codes.find((code) => severityOf(code) !== 'normal') ?? codes[0] ?? null;
}

/** Outside a stated range is a fact we may name; how grave it is stays with the laboratory. */
function outside(
  value: number | undefined,
  low: number | undefined,
  high: number | undefined,
): string | null {
  if (value === undefined || (low === undefined && high === undefined)) return null;
  if (low !== undefined && value < low) return 'L';
  if (high !== undefined && value > high) return 'H';
  return 'N';
}

function rangeWords(range: ReferenceRange | undefined): string | null {
  if (!range) return null;
  if (range.text) return range.text;
  if (range.low?.value !== undefined && range.high?.value !== undefined) {
    return `${trimmed(range.low.value)}–${trimmed(range.high.value)}`;
  }
  if (range.low?.value !== undefined) return `≥ ${trimmed(range.low.value)}`;
  return range.high?.value === undefined ? null : `≤ ${trimmed(range.high.value)}`;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A UCUM unit as clinicians write it: `10*9/L` is 10⁹/L, `umol/L` is µmol/L, `mm[Hg]` is mmHg, `Cel` is °C. */
export function unitWords(unit: string): string {
  return unit
    .replace(
      /10[*^](\d+)/g,
      (_, power: string) => `10${power.replace(/\d/g, (digit) => superscripts[Number(digit)] ?? '')}`,
    )
    .replace(/(^|[/.])u(?=(mol|g|L|l|m|s|kat|U)\b)/g, '$1µ')
    .replace(/mm\[Hg\]/g, 'mmHg')
    .replace(/^Cel$/, '°C')
    .replace(/^\[degF\]$/, '°F')
    .replace('{1.73_m2}', '1.73 m²')
    .replace(/\{[^}]*\}/g, '');
}
