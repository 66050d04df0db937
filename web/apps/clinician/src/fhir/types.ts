/** The parts of FHIR R4 resources (hl7.org/fhir/R4) that the pages read; everything is optional where R4 says so. */
export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}

export interface Concept {
  coding?: Coding[];
  text?: string;
}

export interface Reference {
  reference?: string;
  display?: string;
}

export interface Identifier {
  system?: string;
  value?: string;
  type?: Concept;
}

export interface Period {
  start?: string;
  end?: string;
}

export interface Quantity {
  value?: number;
  unit?: string;
  code?: string;
}

export interface Extension {
  url: string;
  valueCode?: string;
  valueString?: string;
  extension?: Extension[];
}

export interface HumanName {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
}

interface Resource {
  id: string;
  meta?: { versionId?: string; lastUpdated?: string };
}

export interface Patient extends Resource {
  resourceType: 'Patient';
  active?: boolean;
  name?: HumanName[];
  gender?: string;
  birthDate?: string;
  deceasedBoolean?: boolean;
  deceasedDateTime?: string;
  identifier?: Identifier[];
  telecom?: { system?: string; value?: string }[];
}

export interface Encounter extends Resource {
  resourceType: 'Encounter';
  status: string;
  class?: Coding;
  period?: Period;
  participant?: { type?: Concept[]; individual?: Reference }[];
  location?: { location: Reference; status?: string; period?: Period }[];
  serviceProvider?: Reference;
  reasonCode?: Concept[];
}

interface Value {
  valueQuantity?: Quantity;
  valueString?: string;
  valueCodeableConcept?: Concept;
  valueInteger?: number;
  valueBoolean?: boolean;
  valueDateTime?: string;
  valueTime?: string;
  valueRange?: { low?: Quantity; high?: Quantity };
  valueRatio?: { numerator?: Quantity; denominator?: Quantity };
  dataAbsentReason?: Concept;
}

export interface ReferenceRange {
  low?: Quantity;
  high?: Quantity;
  text?: string;
}

export interface Component extends Value {
  code: Concept;
  interpretation?: Concept[];
  referenceRange?: ReferenceRange[];
}

export interface Observation extends Resource, Value {
  resourceType: 'Observation';
  status: string;
  category?: Concept[];
  code: Concept;
  effectiveDateTime?: string;
  effectivePeriod?: Period;
  effectiveInstant?: string;
  issued?: string;
  interpretation?: Concept[];
  referenceRange?: ReferenceRange[];
  component?: Component[];
  note?: { text?: string }[];
}

export interface Attachment {
  contentType?: string;
  data?: string;
  url?: string;
  title?: string;
  creation?: string;
}

export interface DiagnosticReport extends Resource {
  resourceType: 'DiagnosticReport';
  status: string;
  category?: Concept[];
  code: Concept;
  effectiveDateTime?: string;
  effectivePeriod?: Period;
  issued?: string;
  result?: Reference[];
  conclusion?: string;
  presentedForm?: Attachment[];
  performer?: Reference[];
}

export interface DocumentReference extends Resource {
  resourceType: 'DocumentReference';
  status: string;
  docStatus?: string;
  type?: Concept;
  category?: Concept[];
  date?: string;
  author?: Reference[];
  description?: string;
  content?: { attachment: Attachment }[];
  context?: { period?: Period };
}

export interface Appointment extends Resource {
  resourceType: 'Appointment';
  status: string;
  description?: string;
  start?: string;
  end?: string;
  created?: string;
  serviceType?: Concept[];
  appointmentType?: Concept;
  participant?: { actor?: Reference }[];
}

export interface AllergyIntolerance extends Resource {
  resourceType: 'AllergyIntolerance';
  code?: Concept;
  criticality?: string;
  clinicalStatus?: Concept;
  verificationStatus?: Concept;
  reaction?: { manifestation?: Concept[] }[];
}

export interface Location extends Resource {
  resourceType: 'Location';
  name?: string;
  _name?: { extension?: Extension[] };
  alias?: string[];
  physicalType?: Concept;
  partOf?: Reference;
}

export interface Bundle<Entry> {
  resourceType: 'Bundle';
  total?: number;
  link?: { relation: string; url: string }[];
  entry?: { resource?: Entry; search?: { mode?: string } }[];
}
