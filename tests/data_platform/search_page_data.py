"""Resources written for the examples of R4's search page, each under the id that the tests call it by."""

from __future__ import annotations

from typing import Any

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ACME = "http://acme.org/conditions/codes"

Resource = dict[str, Any]


def made(type_: str, id_: str, **more: Any) -> Resource:
    return {"resourceType": type_, "id": id_, **more}


def coded(code: str, system: str | None = None, **more: Any) -> dict[str, Any]:
    return {"coding": [{"code": code, **({"system": system} if system else {}), **more}]}


def to(reference: str) -> dict[str, str]:
    return {"reference": reference}


def tagged(code: str) -> dict[str, Any]:
    return {"tag": [{"code": code}]}


def observation(id_: str, code: str = "none", **more: Any) -> Resource:
    system = {"system": LOINC} if code[:1].isdigit() else {}
    return made("Observation", id_, **{"status": "final", "code": coded(code, **system), **more})


def measured(id_: str, value: float, **unit: str) -> Resource:
    return observation(id_, valueQuantity={"value": value, **unit})


def procedure(id_: str, *tags: str, **more: Any) -> Resource:
    meta = {"meta": {"tag": [{"code": tag} for tag in tags]}} if tags else {}
    return made("Procedure", id_, **{"status": "completed", "subject": to("Patient/46"), **meta, **more})


def condition(id_: str, **more: Any) -> Resource:
    return made("Condition", id_, subject=to("Patient/46"), **more)


PEOPLE = [
    made(
        "Patient",
        "23",
        active=True,
        gender="male",
        birthDate="2015-01-01",
        name=[{"family": "Chalmers", "given": ["Peter"]}],
        managingOrganization=to("Organization/acme"),
        identifier=[
            {"system": "http://acme.org/patient", "value": "2345"},
            {"type": coded("MR", "http://terminology.hl7.org/CodeSystem/v2-0203"), "value": "446053"},
        ],
    ),
    made("Patient", "24", gender="female", name=[{"family": "Carreno Quinones", "given": ["Maria"]}]),
    made("Patient", "42", name=[{"given": ["Eve"]}]),
    made("Patient", "43", gender="female", name=[{"given": ["Evelyn"]}]),
    made("Patient", "44", gender="other", name=[{"given": ["Severine"]}], communication=[{"language": coded("FR")}]),
    made("Patient", "45", generalPractitioner=[to("Practitioner/joe"), to("Practitioner/jane")]),
    made("Patient", "46", communication=[{"language": coded(code)} for code in ("FR", "NL", "EN")]),
    made("Practitioner", "joe", name=[{"given": ["Joe"]}], address=[{"state": "CA"}]),
    made("Practitioner", "jane", name=[{"given": ["Jane"]}], address=[{"state": "MN"}]),
    made("Organization", "acme", name="Acme Hospital", partOf=to("Organization/region")),
    made("Organization", "region", name="Region"),
    made("Group", "102", type="person", actual=True, member=[{"entity": to("Patient/23")}]),
    made(
        "List",
        "42",
        status="current",
        mode="working",
        entry=[
            {"item": to("Patient/23")},
            {"item": to("http://node/fhir/Patient/24")},
            {"item": to("Patient/43")},
            {"item": to("Patient/44"), "deleted": True},
            {"item": to("Condition/liver")},
        ],
    ),
]

CONDITIONS = [
    condition(
        "ha125",
        code=coded("ha125", ACME),
        meta={
            "tag": [{"system": "http://acme.org/codes", "code": "needs-review"}],
            "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
            "source": "urn:acme:his",
        },
    ),
    condition("other-system", code=coded("ha125", "http://other.org")),
    condition("by-text", code={"text": "Headache since Monday"}),
    condition("by-display", code=coded("25064002", SNOMED, display="Headache")),
    condition("liver", code=coded("126851005", SNOMED)),
    condition("hepatoma", code=coded("25370001", SNOMED)),
    condition("infarct", code=coded("mi", "http://acme.org/heart", display="Myocardial infarction")),
    condition(
        "metastases",
        text={
            "status": "generated",
            "div": ('<div xmlns="http://www.w3.org/1999/xhtml"><p>Metastases in <b>bone</b></p></div>'),
        },
    ),
    condition(
        "no-metastases",
        text={"status": "generated", "div": ('<div xmlns="http://www.w3.org/1999/xhtml">Fracture of a bone</div>')},
    ),
    made(
        "AllergyIntolerance",
        "active",
        patient=to("Patient/46"),
        clinicalStatus=coded("active", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"),
    ),
    made(
        "AllergyIntolerance",
        "resolved",
        patient=to("Patient/46"),
        clinicalStatus=coded("resolved", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"),
    ),
    made("AllergyIntolerance", "unknown", patient=to("Patient/46")),
]

TERMINOLOGY = [
    made(
        "CodeSystem",
        "snomed",
        url=SNOMED,
        status="active",
        content="fragment",
        concept=[
            {"code": "126851005", "concept": [{"code": "25370001"}]},
            {"code": "25064002"},
        ],
    ),
    made(
        "CodeSystem",
        "heart",
        url="http://acme.org/heart",
        status="active",
        content="complete",
        concept=[
            {"code": "cardiac", "concept": [{"code": "mi"}]},
        ],
    ),
    made(
        "ValueSet",
        "cardiac",
        url="http://acme.org/fhir/ValueSet/cardiac-conditions",
        status="active",
        compose={
            "include": [
                {
                    "system": "http://acme.org/heart",
                    "filter": [{"property": "concept", "op": "is-a", "value": "cardiac"}],
                }
            ],
        },
    ),
    made("ValueSet", "v123", url="http://acme.org/fhir/ValueSet/123", status="active", version="1.0"),
    made("ValueSet", "v124", url="http://acme.org/fhir/ValueSet/124", status="active"),
    made("ValueSet", "v125", url="http://acme.org/fhir/ValueSet/125", status="active"),
    made("ValueSet", "v124c", url="http://acme.org/fhir/ValueSet/124,125", status="active"),
    made("ValueSet", "elsewhere", url="http://other.org/fhir/ValueSet/1", status="active"),
    made("ValueSet", "by-oid", url="urn:oid:1.2.3.4.5", status="active"),
]

PROBABILITIES = [
    made(
        "RiskAssessment",
        f"p{value}",
        status="final",
        subject=to("Patient/46"),
        prediction=[{"probabilityDecimal": value}],
    )
    for value in (0.7, 0.9, 94.9, 95, 99.5, 100, 100.004, 100.5, 105)
]

DATES = [
    procedure("d14T00", "january", performedDateTime="2013-01-14T00:00:00Z"),
    procedure("d14T10", "january", performedDateTime="2013-01-14T10:00:00Z"),
    procedure("d14", "january", performedDateTime="2013-01-14"),
    procedure("d15T00", "january", performedDateTime="2013-01-15T00:00:00Z"),
    procedure("d21-on", "january", "range", performedPeriod={"start": "2013-01-21"}),
    procedure("to-d21", "january", "range", performedPeriod={"end": "2013-01-21"}),
    procedure("mar15-on", "range", performedPeriod={"start": "2013-03-15"}),
    procedure("jun2015", performedDateTime="2015-06-15"),
    procedure("two-years", performedDateTime="2011-05-01", subject=to("Patient/23")),
]

MEASUREMENTS = [
    measured("glucose-mg", 5.4, unit="mg", system=UCUM, code="mg"),
    measured("glucose-ug", 5400, unit="ug", system=UCUM, code="ug"),
    measured("by-unit", 5.4, unit="mg"),
    measured("other-unit", 5.4, system=UCUM, code="mmol/L", unit="mmol/l"),
    measured("no-unit", 5.4),
    measured("little", 2, system=UCUM, code="mg"),
    measured("about", 5.8, system=UCUM, code="mg"),
    measured("sedimentation", 23, system=UCUM, code="mm/h"),
    observation(
        "shock",
        component=[
            {"code": coded("8480-6", LOINC), "valueQuantity": {"value": 50}},
            {"code": coded("8462-4", LOINC), "valueQuantity": {"value": 90}},
        ],
    ),
    observation(
        "healthy",
        component=[
            {"code": coded("8480-6", LOINC), "valueQuantity": {"value": 120}},
            {"code": coded("8462-4", LOINC), "valueQuantity": {"value": 50}},
        ],
    ),
    made(
        "DiagnosticReport",
        "potassium",
        status="final",
        code=coded("x"),
        subject=to("Patient/23"),
        result=[to("Observation/k")],
    ),
    observation("k", "2823-3", valueQuantity={"value": 6000, "system": UCUM, "code": "umol/L"}),
    made(
        "DiagnosticReport",
        "normal",
        status="final",
        code=coded("x"),
        subject=to("Patient/24"),
        result=[to("Observation/k-normal")],
    ),
    observation("k-normal", "2823-3", valueQuantity={"value": 4.1, "system": UCUM, "code": "mmol/L"}),
    made(
        "DiagnosticReport",
        "lipid",
        status="final",
        code=coded("x"),
        meta={"profile": ["http://hl7.org/fhir/StructureDefinition/lipid"]},
    ),
    made("DiagnosticReport", "local-profile", status="final", code=coded("x"), meta={"profile": ["Profile/lipid"]}),
]

REFERENCES = [
    observation("of-23", "1234-5", subject=to("Patient/23")),
    observation("of-23-absolute", subject=to("http://node/fhir/Patient/23")),
    observation("of-45", "123", subject=to("Patient/45")),
    observation("of-45-too", "456", subject={"reference": "Patient/45/_history/1"}),
    observation("of-42", "456", subject=to("Patient/42")),
    observation(
        "by-identifier", subject={"identifier": {"system": "http://acme.org/fhir/identifier/mrn", "value": "123456"}}
    ),
    observation("versioned", derivedFrom=[to("Observation/of-23/_history/1")]),
    observation("origin"),
    observation("first", derivedFrom=[to("Observation/origin")]),
    observation("second", derivedFrom=[to("Observation/first")]),
    observation("code-a", "a"),
    observation("code-b", "b"),
    observation("code-ab", "a,b"),
    made(
        "AuditEvent",
        "seen",
        type={"code": "rest"},
        recorded="2026-01-01T00:00:00Z",
        source={"observer": to("Device/1")},
        agent=[{"requestor": True, "who": to("Practitioner/MyUserId")}],
        entity=[{"what": to("Observation/of-23")}],
    ),
    made("Location", "42", name="House", position={"latitude": 31.2397, "longitude": 121.4998}),
    made("Location", "43", name="Ward", partOf=to("Location/42")),
    made("Location", "44", name="Room", partOf=to("Location/43")),
    made("Location", "far", name="Elsewhere", position={"latitude": 39.9042, "longitude": 116.4074}),
    procedure("in-house", location=to("Location/42")),
    procedure("in-room", location=to("Location/44")),
    procedure("elsewhere", location=to("Location/far")),
    made("Encounter", "stay", status="in-progress", **{"class": {"code": "IMP"}}, subject=to("Patient/24")),
    made(
        "Encounter",
        "21",
        status="in-progress",
        **{"class": {"code": "IMP"}},
        partOf=to("Encounter/stay"),
        subject=to("Patient/23"),
    ),
    *(
        made(
            "MedicationAdministration",
            f"given-{name}",
            status="completed",
            medicationCodeableConcept=coded("x"),
            subject=to("Patient/23"),
            context=to(f"Encounter/{name}"),
            effectiveDateTime="2020-01-01",
        )
        for name in ("21", "stay", "other")
    ),
    *(
        made(
            "QuestionnaireResponse",
            f"q{version}",
            status="completed",
            questionnaire=f"http://acme.com/some-profile|{version}",
        )
        for version in ("1.0", "1.1", "2.0")
    ),
    made("QuestionnaireResponse", "other", status="completed", questionnaire="http://acme.com/another"),
    made(
        "MedicationRequest",
        "order",
        status="active",
        intent="order",
        medicationCodeableConcept=coded("x"),
        subject=to("Patient/23"),
        performer=to("Practitioner/joe"),
    ),
    made(
        "MedicationDispense",
        "dispense",
        status="completed",
        medicationCodeableConcept=coded("x"),
        authorizingPrescription=[to("MedicationRequest/order")],
    ),
    made(
        "Provenance",
        "of-order",
        target=[to("MedicationRequest/order")],
        recorded="2026-01-01T00:00:00Z",
        agent=[{"who": to("Practitioner/joe")}],
    ),
]

OTHERS = (
    [
        made(
            "ImmunizationRecommendation",
            name,
            patient=to("Patient/46"),
            date="2020-01-01",
            recommendation=[
                {"vaccineCode": [coded("x")], "forecastStatus": coded("due"), "doseNumberPositiveInt": number}
            ],
        )
        for name, number in (("first", 1), ("second", 2))
    ]
    + [
        made(
            "Composition",
            name,
            status="final",
            type=coded("x"),
            date="2020-01-01",
            author=[to("Practitioner/joe")],
            title="x",
            section=[{"code": coded(code, LOINC)} for code in codes],
        )
        for name, codes in (("allergies", ["48765-2"]), ("both", ["48765-2", "18776-5"]), ("plans", ["18776-5"]))
    ]
    + [
        made("DocumentReference", name, status="current", content=[{"attachment": {"contentType": type_}}])
        for name, type_ in (
            ("plain-xml", "text/xml"),
            ("utf8-xml", "text/xml; charset=UTF-8"),
            ("not-xml", "text/xmlish"),
        )
    ]
    + [
        made(
            "Group",
            "mixed",
            type="person",
            actual=False,
            characteristic=[{"code": coded("gender"), "valueCodeableConcept": coded("mixed"), "exclude": False}],
        ),
        made(
            "Group",
            "owned",
            type="animal",
            actual=False,
            characteristic=[
                {"code": coded("owner"), "valueCodeableConcept": coded("Eve"), "exclude": False},
                {"code": coded("gender"), "valueCodeableConcept": coded("female"), "exclude": False},
            ],
        ),
        made(
            "Questionnaire",
            "abuse",
            status="active",
            useContext=[{"code": {"code": "focus"}, "valueCodeableConcept": coded("408934002", SNOMED)}],
        ),
        made(
            "Questionnaire",
            "user",
            status="active",
            useContext=[{"code": {"code": "user"}, "valueCodeableConcept": coded("408934002", SNOMED)}],
        ),
    ]
    + [
        observation(name, status=status, effectiveDateTime=day, category=[coded(category)], meta=tagged("sorted"))
        for name, status, day, category in (
            ("sorted-1", "final", "2020-01-02", "exam"),
            ("sorted-2", "final", "2020-01-02", "laboratory"),
            ("sorted-3", "amended", "2020-01-01", "exam"),
            ("sorted-4", "final", "2020-01-01", "exam"),
        )
    ]
)

CONTAINED = [
    made(
        "MedicationRequest",
        "own-mixture",
        status="active",
        intent="order",
        subject=to("Patient/46"),
        contained=[
            made(
                "Medication",
                "mixture",
                ingredient=[{"itemCodeableConcept": coded("abc", "http://acme.com./medications")}],
                batch={"expirationDate": "2030-05"},
            )
        ],
        medicationReference=to("#mixture"),
    ),
    made("Medication", "not-abc", ingredient=[{"itemCodeableConcept": coded("abd")}]),
]

RESOURCES = CONTAINED + PEOPLE + CONDITIONS + TERMINOLOGY + PROBABILITIES + DATES + MEASUREMENTS + REFERENCES + OTHERS
