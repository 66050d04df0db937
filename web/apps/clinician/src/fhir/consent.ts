/** Consents (hl7.org/fhir/R4/consent.html) in the shapes that this node's rules understand. */
import type { Coding, Concept, Period, Reference } from './types';

export interface Provision {
  type?: 'permit' | 'deny';
  period?: Period;
  actor?: { role: Concept; reference: Reference }[];
  securityLabel?: Coding[];
  purpose?: Coding[];
  class?: Coding[];
  provision?: Provision[];
}

export interface Consent {
  resourceType: 'Consent';
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string };
  status: 'active' | 'inactive' | 'draft' | 'proposed' | 'rejected' | 'entered-in-error';
  scope: Concept;
  category: Concept[];
  patient: Reference;
  dateTime?: string;
  performer?: Reference[];
  policyRule?: Concept;
  provision?: Provision;
}

export interface Doctor {
  id: string;
  name: string;
}

const v3 = 'http://terminology.hl7.org/CodeSystem/v3-';
const actors = 'https://xinglin.health/id/consent-actor';
const resourceTypes = 'http://hl7.org/fhir/resource-types';

/** What tells of illness and care. Identity, visits, bookings and money stay open to the desks that need them. */
const clinicalTypes = [
  ...[
    'Observation',
    'DiagnosticReport',
    'Specimen',
    'ImagingStudy',
    'Media',
    'MolecularSequence',
    'BodyStructure',
  ],
  ...['MedicationRequest', 'MedicationDispense', 'MedicationAdministration', 'MedicationStatement'],
  ...[
    'AllergyIntolerance',
    'Immunization',
    'ImmunizationEvaluation',
    'ImmunizationRecommendation',
    'DetectedIssue',
  ],
  ...['Condition', 'Procedure', 'CarePlan', 'CareTeam', 'Goal', 'ClinicalImpression', 'Composition'],
  ...['DocumentManifest', 'DocumentReference', 'FamilyMemberHistory', 'RiskAssessment', 'Flag', 'List'],
  ...['AdverseEvent', 'DeviceUseStatement', 'GuidanceResponse', 'Basic', 'Binary', 'QuestionnaireResponse'],
];

const restricted: Coding = { system: `${v3}Confidentiality`, code: 'R', display: 'restricted' };

/** Closes illness and care to everybody but those who have a relation of care when they look. */
export function onlyCare(patient: string, now: string): Consent {
  return decided(patient, now, {
    type: 'deny',
    class: clinicalTypes.map((code) => ({ system: resourceTypes, code })),
    provision: [{ type: 'permit', actor: [inCare()] }],
  });
}

/** Lets one doctor see the whole record, until a day or until it is withdrawn. */
export function oneDoctor(patient: string, now: string, doctor: Doctor, until: string | null): Consent {
  const period = until ? { start: now, end: until } : { start: now };
  return decided(patient, now, { type: 'permit', period, actor: [named(doctor)] });
}

/** Closes what is labelled as sensitive to everybody but the doctors who are named. */
export function sensitiveClosed(patient: string, now: string, doctors: Doctor[]): Consent {
  const root: Provision = { type: 'deny', securityLabel: [restricted] };
  if (doctors.length > 0) root.provision = [{ type: 'permit', actor: doctors.map(named) }];
  return decided(patient, now, root);
}

/** The same, withdrawn: what is not active decides nothing. */
export function withdrawn(consent: Consent): Consent {
  return { ...consent, status: 'inactive' };
}

export type Kind = 'onlyCare' | 'oneDoctor' | 'sensitiveClosed' | 'other';

/** Which of our own shapes a consent has; others come from elsewhere and are told piece by piece. */
export function kindOf({ provision: root }: Consent): Kind {
  if (!root || root.purpose) return 'other';
  const inner = root.provision ?? [];
  if (
    root.type === 'permit' &&
    root.actor?.length === 1 &&
    !root.class &&
    !root.securityLabel &&
    inner.length === 0
  )
    return 'oneDoctor';
  if (root.type !== 'deny' || root.actor) return 'other';
  const excepted = inner.flatMap((one) => one.actor ?? []);
  const plain = inner.every((one) => one.type === 'permit' && !one.class && !one.securityLabel && one.actor);
  if (!plain) return 'other';
  if (root.securityLabel && !root.class) return 'sensitiveClosed';
  return root.class && excepted.length === 1 && excepted.every(isInCare) ? 'onlyCare' : 'other';
}

export function isInCare(actor: { role: Concept }): boolean {
  return actor.role.coding?.some((one) => one.system === actors && one.code === 'in-care') ?? false;
}

/** What a provision decides where it does not say so: the exception to the one around it. */
export function decisionOf(provision: Provision, around: 'permit' | 'deny' | null): 'permit' | 'deny' {
  return provision.type ?? (around === 'permit' ? 'deny' : 'permit');
}

function decided(patient: string, now: string, provision: Provision): Consent {
  const self = { reference: `Patient/${patient}` };
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0', display: 'Patient Consent' }] }],
    patient: self,
    dateTime: now,
    performer: [self],
    policyRule: { coding: [{ system: `${v3}ActCode`, code: 'OPTIN' }] },
    provision,
  };
}

function inCare() {
  const coding = [{ system: actors, code: 'in-care', display: 'has a relation of care' }];
  return { role: { coding }, reference: { display: 'whoever cares for the patient' } };
}

function named(doctor: Doctor) {
  const coding = [
    { system: `${v3}ParticipationType`, code: 'PRCP', display: 'primary information recipient' },
  ];
  return { role: { coding }, reference: { reference: `Practitioner/${doctor.id}`, display: doctor.name } };
}
