"""Code tables: HL7 v2 tables to FHIR codes, as HL7's v2-to-FHIR concept maps have them.

Each is compared with HL7's own CSV by a test. A code that HL7's map leaves empty is absent here; what we
add beside the map is in ``OWN`` under the same name, with the reason.
"""

from __future__ import annotations

from typing import Any

ADMINISTRATIVE_SEX = {"F": "female", "M": "male", "O": "other", "U": "unknown", "A": "other", "N": "other"}

_MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
MARITAL_STATUS = {
    "A": ("L", "Legally Separated", _MARITAL),
    "D": ("D", "Divorced", _MARITAL),
    "M": ("M", "Married", _MARITAL),
    "S": ("S", "Never Married", _MARITAL),
    "W": ("W", "Widowed", _MARITAL),
    "C": ("C", "Common Law", _MARITAL),
    "G": ("T", "Domestic partner", _MARITAL),
    "P": ("T", "Domestic partner", _MARITAL),
    "R": ("T", "Domestic partner", _MARITAL),
    "E": ("L", "Legally Separated", _MARITAL),
    "N": ("A", "Annulled", _MARITAL),
    "I": ("I", "Interlocutory", _MARITAL),
    "B": ("U", "unmarried", _MARITAL),
    "U": ("UNK", "Unknown", _NULL_FLAVOR),
    "O": ("OTH", "Other", _NULL_FLAVOR),
    "T": ("NAVU", "Not available", _NULL_FLAVOR),
}

ADDRESS_TYPE = {"M": "postal", "SH": "postal"}
ADDRESS_USE = {"BA": "old", "BI": "billing", "C": "temp", "B": "work", "H": "home", "O": "work"}
NAME_TYPE = {
    "BAD": "old",
    "D": "usual",
    "L": "official",
    "M": "maiden",
    "MSK": "anonymous",
    "N": "nickname",
    "NAV": "temp",
    "R": "official",
    "TEMP": "temp",
}
TELECOMMUNICATION_USE = {"PRN": "home", "WPN": "work", "PRS": "mobile"}
TELECOMMUNICATION_EQUIPMENT = {
    "PH": "phone",
    "FX": "fax",
    "MD": "other",
    "CP": "mobile",
    "SAT": "other",
    "BP": "pager",
    "Internet": "email",
    "X.400": "email",
    "TDD": "other",
    "TTY": "other",
}

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_V2_0004 = "http://terminology.hl7.org/CodeSystem/v2-0004"
ENCOUNTER_CLASS = {
    "E": ("EMER", "emergency", _ACT),
    "I": ("IMP", "inpatient encounter", _ACT),
    "O": ("AMB", "ambulatory", _ACT),
    "P": ("PRENC", "pre-admission", _ACT),
    "R": ("R", "Recurring patient", _V2_0004),
    "B": ("B", "Obstetrics", _V2_0004),
    "C": ("C", "Commercial Account", _V2_0004),
    "N": ("N", "Not Applicable", _V2_0004),
    "U": ("U", "Unknown", _V2_0004),
}
ENCOUNTER_STATUS = {
    "E": "in-progress",
    "I": "in-progress",
    "O": "in-progress",
    "P": "planned",
    "R": "in-progress",
    "B": "in-progress",
    "C": "in-progress",
    "N": "in-progress",
    "U": "unknown",
}
_ADMISSION = "http://terminology.hl7.org/CodeSystem/v2-0007"
ADMISSION_TYPE = {
    code: (code, display, _ADMISSION)
    for code, display in {
        "A": "Accident",
        "E": "Emergency",
        "L": "Labor and Delivery",
        "R": "Routine",
        "N": "Newborn (Birth in healthcare facility)",
        "U": "Urgent",
        "C": "Elective",
    }.items()
}
_PRIORITY = "http://terminology.hl7.org/CodeSystem/v3-ActPriority"
ENCOUNTER_PRIORITY = {
    "1": ("EM", "emergency", _PRIORITY),
    "2": ("UR", "urgent", _PRIORITY),
    "3": ("EL", "elective", _PRIORITY),
}

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
INTERPRETATION = {
    code: (code, display, _INTERPRETATION)
    for code, display in {
        "<": "Off scale low",
        ">": "Off scale high",
        "A": "Abnormal",
        "AA": "Critical abnormal",
        "B": "Better",
        "CAR": "Carrier",
        "D": "Significant change down",
        "DET": "Detected",
        "E": "Equivocal",
        "EX": "outside threshold",
        "EXP": "Expected",
        "H": "High",
        "HH": "Critical high",
        "HU": "Significantly high",
        "I": "Intermediate",
        "IE": "Insufficient evidence",
        "IND": "Indeterminate",
        "L": "Low",
        "LL": "Critical low",
        "LU": "Significantly low",
        "MS": "moderately susceptible",
        "N": "Normal",
        "NCL": "No CLSI defined breakpoint",
        "ND": "Not detected",
        "NEG": "Negative",
        "NR": "Non-reactive",
        "NS": "Non-susceptible",
        "POS": "Positive",
        "R": "Resistant",
        "RR": "Reactive",
        "S": "Susceptible",
        "SDD": "Susceptible-dose dependent",
        "SYN-R": "Synergy - resistant",
        "SYN-S": "Synergy - susceptible",
        "U": "Significant change up",
        "VS": "very susceptible",
        "UNE": "Unexpected",
        "W": "Worse",
        "WR": "Weakly reactive",
    }.items()
}

OBSERVATION_STATUS = {
    "A": "amended",
    "C": "corrected",
    "D": "entered-in-error",
    "F": "final",
    "P": "preliminary",
    "X": "cancelled",
    "W": "entered-in-error",
}
REPORT_STATUS = {
    "O": "registered",
    "I": "registered",
    "S": "registered",
    "P": "preliminary",
    "C": "corrected",
    "R": "partial",
    "F": "final",
    "X": "cancelled",
}
ORDER_CONTROL = {
    "AF": "active",
    "CA": "active",
    "CR": "revoked",
    "DC": "revoked",
    "DF": "revoked",
    "DR": "revoked",
    "FU": "completed",
    "HD": "active",
    "HR": "on-hold",
    "NW": "active",
    "OC": "revoked",
    "OD": "revoked",
    "OH": "on-hold",
    "OK": "active",
    "PR": "active",
    "PY": "active",
    "RL": "active",
    "RO": "active",
    "RQ": "active",
}
ORDER_STATUS = {
    "CA": "revoked",
    "CM": "completed",
    "DC": "revoked",
    "ER": "entered-in-error",
    "HD": "on-hold",
    "IP": "active",
    "RP": "revoked",
    "SC": "active",
}
PRIORITY = {"S": "stat", "A": "asap", "R": "routine"}
APPOINTMENT_STATUS = {
    "Pending": "pending",
    "Waitlist": "waitlist",
    "Booked": "booked",
    "Started": "checked-in",
    "Complete": "fulfilled",
    "Cancelled": "cancelled",
    "Deleted": "entered-in-error",
    "Noshow": "noshow",
}

ALLERGEN_CATEGORY = {
    "DA": "medication",
    "FA": "food",
    "EA": "environment",
    "AA": "biologic",
    "PA": "environment",
    "LA": "environment",
}
ALLERGY_TYPE = {"DA", "FA", "MA", "EA", "AA", "PA", "LA"}
ALLERGY_CRITICALITY = {"SV": "high", "MI": "low"}
REACTION_SEVERITY = {"SV": "severe", "MO": "moderate", "MI": "mild"}
_DIAGNOSIS_ROLE = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
DIAGNOSIS_TYPE = {"A": ("AD", "Admission Diagnosis", _DIAGNOSIS_ROLE)}
CONFIDENTIALITY = {
    code: (code, display, "http://terminology.hl7.org/CodeSystem/v2-0272")
    for code, display in {"V": "Very restricted", "R": "Restricted", "U": "Usual control"}.items()
}

_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_V2_0063 = "http://terminology.hl7.org/CodeSystem/v2-0063"
_V2_0131 = "http://terminology.hl7.org/CodeSystem/v2-0131"
RELATIONSHIP = {
    "SEL": ("ONESELF", "self", _ROLE),
    "SPO": ("SPS", "spouse", _ROLE),
    "DOM": ("SIGOTHR", "significant other", _ROLE),
    "CHD": ("CHILD", "child", _ROLE),
    "GCH": ("GRNDCHILD", "grandchild", _ROLE),
    "NCH": ("NCHILD", "natural child", _ROLE),
    "SCH": ("STPCHLD", "step child", _ROLE),
    "FCH": ("CHLDFOST", "foster child", _ROLE),
    "DEP": ("DEP", "Handicapped dependent", _V2_0063),
    "WRD": ("WRD", "Ward of court", _V2_0063),
    "PAR": ("PRN", "parent", _ROLE),
    "MTH": ("MTH", "mother", _ROLE),
    "FTH": ("FTH", "father", _ROLE),
    "CGV": ("CGV", "Care giver", _V2_0063),
    "GRD": ("GRD", "Guardian", _V2_0063),
    "GRP": ("GRPRN", "grandparent", _ROLE),
    "EXF": ("EXT", "extended family member", _ROLE),
    "SIB": ("SIB", "sibling", _ROLE),
    "BRO": ("BRO", "brother", _ROLE),
    "SIS": ("SIS", "sister", _ROLE),
    "FND": ("FRND", "unrelated friend", _ROLE),
    "OAD": ("OAD", "Other adult", _V2_0063),
    "EME": ("EME", "Employee", _V2_0063),
    "EMR": ("E", "Employer", _V2_0131),
    "ASC": ("ASC", "Associate", _V2_0063),
    "EMC": ("C", "Emergency Contact", _V2_0131),
    "OWN": ("OWN", "Owner", _V2_0063),
    "TRA": ("TRA", "Trainer", _V2_0063),
    "MGR": ("MGR", "Manager", _V2_0063),
    "NON": ("NON", "None", _V2_0063),
    "UNK": ("U", "Unknown", _V2_0131),
    "OTH": ("O", "Other", _V2_0131),
}
CONTACT_ROLE = {
    code: (code, display, _V2_0131)
    for code, display in {
        "E": "Employer",
        "C": "Emergency Contact",
        "F": "Federal Agency",
        "I": "Insurance Company",
        "N": "Next-of-Kin",
        "S": "State Agency",
        "O": "Other",
        "U": "Unknown",
    }.items()
}
YES_NO = {"Y": True, "N": False}

# What HL7's maps leave open and a feed needs answered.
OWN: dict[str, dict[str, Any]] = {
    "OBSERVATION_STATUS": {  # results pending, unverified, partial, verified, status change without value
        "B": "amended",
        "I": "registered",
        "N": "final",
        "O": "registered",
        "R": "preliminary",
        "S": "preliminary",
        "U": "final",
        "V": "final",
    },
    "REPORT_STATUS": {"A": "partial", "M": "amended", "N": "preliminary", "Y": "unknown", "Z": "unknown"},
    "ORDER_CONTROL": {"RE": "completed", "SC": "active", "CH": "active", "PA": "active", "RP": "revoked"},
    "APPOINTMENT_STATUS": {"Discontinued": "cancelled", "Blocked": "cancelled", "Overbook": "booked"},
    "PRIORITY": {"P": "routine", "C": "routine", "T": "urgent"},
}

# Code systems by their name in CWE.3 (HL7 table 0396).
CODE_SYSTEMS = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "ICD9CM3": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
    "ISO3166_1": "urn:iso:std:iso:3166",
}
