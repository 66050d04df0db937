"""Every example of R4's search page (hl7.org/fhir/R4/search.html), each named by the clause that it stands under."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from search_page_data import RESOURCES

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"


@pytest.fixture(scope="module")
async def loaded(database: Database) -> None:
    """The resources that the examples speak of."""
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.ids import SystemIds

    async with database.transaction() as connection:
        await Store(SystemClock(), SystemIds()).put_all(connection, RESOURCES, Cause("test"))


async def found(fhir: httpx.AsyncClient, query: str, mode: str = "match") -> list[str]:
    answer = await fhir.get(f"/{query}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert not [one for one in body.get("entry", ()) if one["search"]["mode"] == "outcome"], body
    entries = [one for one in body.get("entry", ()) if one["search"]["mode"] == mode]
    return [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries]


EXAMPLES: list[tuple[str, str, str]] = [
    # clause, search, what it finds: ids of the type searched
    ("#all", "Patient?_id=23", "23"),
    ("#all", "Observation?_lastUpdated=gt2010-10-01&_id=glucose-mg", "glucose-mg"),
    ("#all", "Condition?_tag=http://acme.org/codes|needs-review", "ha125"),
    ("#all", "DiagnosticReport?_profile=http://hl7.org/fhir/StructureDefinition/lipid", "lipid"),
    ("#all", "DiagnosticReport?_profile=Profile/lipid", "local-profile"),
    ("#uri", "DiagnosticReport?_profile:below=http://hl7.org/fhir/", "lipid"),
    ("#all", "Condition?_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R", "ha125"),
    ("#all", "Condition?_source=urn:acme:his", "ha125"),
    ("#modifiers", "Patient?gender:missing=true", "42 45 46"),
    ("#modifiers", "Patient?gender:missing=false", "23 24 43 44"),
    ("#number", "RiskAssessment?probability=100", "p99.5 p100 p100.004"),
    ("#number", "RiskAssessment?probability=100.00", "p100 p100.004"),
    ("#number", "RiskAssessment?probability=1e2", "p95 p99.5 p100 p100.004 p100.5"),
    ("#number", "RiskAssessment?probability=lt100", "p0.7 p0.9 p94.9 p95 p99.5"),
    ("#number", "RiskAssessment?probability=le100", "p0.7 p0.9 p94.9 p95 p99.5 p100"),
    ("#number", "RiskAssessment?probability=gt100", "p100.004 p100.5 p105"),
    ("#number", "RiskAssessment?probability=ge100", "p100 p100.004 p100.5 p105"),
    ("#number", "RiskAssessment?probability=ne100", "p0.7 p0.9 p94.9 p95 p100.5 p105"),
    ("#number", "RiskAssessment?probability=gt0.8&probability=lt1", "p0.9"),
    ("#number", "RiskAssessment?probability=gt8e-1&probability=lt1", "p0.9"),
    ("#date", "Procedure?date=eq2013-01-14", "d14T00 d14T10 d14"),
    ("#date", "Procedure?date=ne2013-01-14&_tag=january", "d15T00 d21-on to-d21"),
    ("#date", "Procedure?date=lt2013-01-14T10:00&_tag=january", "d14T00 d14 to-d21"),
    ("#date", "Procedure?date=gt2013-01-14T10:00&_tag=january", "d14 d15T00 d21-on to-d21"),
    ("#date", "Procedure?date=ge2013-03-14", "d21-on mar15-on jun2015"),
    ("#date", "Procedure?date=le2013-03-14&_tag=range", "d21-on to-d21"),
    ("#date", "Procedure?date=sa2013-03-14", "mar15-on jun2015"),
    ("#date", "Procedure?date=eb2013-03-14&_tag=range", "to-d21"),
    ("#date", "Procedure?date=ge2010-01-01&date=le2011-12-31&subject=Patient/23", "two-years"),
    ("#string", "Patient?given=eve", "42 43"),
    ("#string", "Patient?given:contains=eve", "42 43 44"),
    ("#string", "Patient?given:exact=Eve", "42"),
    ("#string", "Patient?family=Carreno", "24"),
    ("#string", "Patient?family=Quinones", "24"),
    ("#string", "Patient?family=carreno quinones", "24"),
    ("#uri", "ValueSet?url=http://acme.org/fhir/ValueSet/123", "v123"),
    ("#uri", "ValueSet?url:below=http://acme.org/fhir/", "v123 v124 v124c v125 cardiac"),
    ("#uri", "ValueSet?url:above=http://acme.org/fhir/ValueSet/123/_history/5", "v123"),
    ("#uri", "ValueSet?url=urn:oid:1.2.3.4.5", "by-oid"),
    ("#uri", "ValueSet?url:below=urn:oid:1.2.3", ""),
    ("#uri", "ValueSet?url=http://acme.org/fhir/ValueSet/123|1.0", "v123"),
    ("#uri", "ValueSet?url=http://acme.org/fhir/ValueSet/123|2.0", ""),
    ("#token", "Patient?identifier=http://acme.org/patient|2345", "23"),
    ("#token", "Patient?gender=male", "23"),
    ("#token", "Patient?gender:not=male", "24 42 43 44 45 46"),
    ("#token", "Composition?section=48765-2", "allergies both"),
    ("#token", "Composition?section:not=48765-2", "plans"),
    ("#token", "Patient?active=true", "23"),
    ("#token", "Condition?code=http://acme.org/conditions/codes|ha125", "ha125"),
    ("#token", "Condition?code=ha125", "ha125 other-system"),
    ("#token", "Condition?code:text=headache", "by-text by-display"),
    ("#token", f"Condition?code:in={SNOMED}?fhir_vs=isa/126851005", "liver hepatoma"),
    ("#token", "Condition?code:in=http%3A%2F%2Fsnomed.info%2Fsct%3Ffhir_vs%3Disa%2F126851005", "liver hepatoma"),
    ("#token", "Condition?code:below=126851005", "liver hepatoma"),
    ("#token", f"Condition?code:below={SNOMED}|126851005", "liver hepatoma"),
    ("#token", f"Condition?code:above={SNOMED}|25370001", "liver hepatoma"),
    ("#token", "Condition?code:in=http://acme.org/fhir/ValueSet/cardiac-conditions", "infarct"),
    ("#token", "Condition?code:in=ValueSet/cardiac", "infarct"),
    ("#token", "Patient?identifier:otype=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053", "23"),
    ("#token", "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053", "23"),
    ("#mimetype", "DocumentReference?contenttype=text/xml", "plain-xml"),
    ("#mimetype", "DocumentReference?contenttype:below=text/xml", "plain-xml utf8-xml"),
    ("#quantity", f"Observation?value-quantity=5.4|{UCUM}|mg", "glucose-mg glucose-ug"),
    ("#quantity", f"Observation?value-quantity=5.40e-3|{UCUM}|g", "glucose-mg glucose-ug"),
    ("#quantity", "Observation?value-quantity=5.4||mg", "glucose-mg by-unit"),
    ("#quantity", "Observation?value-quantity=5.4", "glucose-mg by-unit other-unit no-unit"),
    ("#quantity", f"Observation?value-quantity=le5.4|{UCUM}|mg", "glucose-mg glucose-ug little"),
    ("#quantity", f"Observation?value-quantity=ap5.4|{UCUM}|mg", "glucose-mg glucose-ug about"),
    ("#quantity", f"Observation?value-quantity=0.023|{UCUM}|m/h", "sedimentation"),
    ("#reference", "Observation?subject=Patient/23", "of-23 of-23-absolute"),
    ("#reference", "Observation?subject:Patient=23", "of-23 of-23-absolute"),
    ("#reference", "Observation?subject=http://node/fhir/Patient/23", "of-23 of-23-absolute"),
    ("#reference", "Observation?subject=23", "of-23 of-23-absolute"),
    ("#reference", "Observation?subject:identifier=http://acme.org/fhir/identifier/mrn|123456", "by-identifier"),
    ("#versions", "QuestionnaireResponse?questionnaire:below=http://acme.com/some-profile", "q1.0 q1.1 q2.0"),
    ("#versions", "QuestionnaireResponse?questionnaire:below=http://acme.com/some-profile|1", "q1.0 q1.1"),
    ("#versions", "QuestionnaireResponse?questionnaire=http://acme.com/some-profile|1.1", "q1.1"),
    ("#versions", "Observation?derived-from=Observation/of-23", "versioned"),
    ("#recursive", "Procedure?location:below=42", "in-house in-room"),
    ("#recursive", "Procedure?location:below=Location/43", "in-room"),
    ("#recursive", "MedicationAdministration?context:above=Encounter/21", "given-21 given-stay"),
    ("#chaining", "DiagnosticReport?subject.name=peter", "potassium"),
    ("#chaining", "DiagnosticReport?subject:Patient.name=peter", "potassium"),
    ("#chaining", "Patient?general-practitioner.name=Joe&general-practitioner.address-state=MN", "45"),
    ("#chaining", "Observation?subject:Patient.general-practitioner:Practitioner.name=Joe", "of-45 of-45-too"),
    ("#chaining", "Observation?patient.organization.name=acme", "of-23 of-23-absolute"),
    ("#chaining", "Observation?subject:Patient.organization:Organization.partof.name=region", "of-23 of-23-absolute"),
    ("#has", "Patient?_has:Observation:patient:code=1234-5", "23"),
    ("#has", "Patient?_has:Observation:patient:code=123,456", "42 45"),
    ("#has", "Patient?_has:Observation:patient:code=123&_has:Observation:patient:code=456", "45"),
    ("#has", "Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/MyUserId", "23"),
    ("#has", "Encounter?patient._has:Group:member:_id=102", "21"),
    ("#has", "Patient?name=peter&_has:Observation:patient:code=1234-5", "23"),
    ("#combining", "Patient?language=FR&language=NL", "46"),
    ("#combining", "Patient?language=FR,NL", "44 46"),
    ("#combining", "Patient?language=FR,NL&language=EN", "46"),
    ("#combining", "Condition?code:text=headache,infarct", "by-text by-display infarct"),
    (
        "#composite",
        f"DiagnosticReport?result.code-value-quantity=http://loinc.org|2823-3$gt5.4|{UCUM}|mmol/L",
        "potassium",
    ),
    ("#composite", "Observation?component-code-value-quantity=http://loinc.org|8480-6$lt60", "shock"),
    ("#composite", "Group?characteristic-value=gender$mixed", "mixed"),
    ("#composite", "Group?characteristic-value=gender$mixed,owner$Eve", "mixed owned"),
    ("#composite", f"Questionnaire?context-type-value=focus${SNOMED}|408934002", "abuse"),
    (
        "#missing",
        "AllergyIntolerance?clinical-status=http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical|active",
        "active",
    ),
    ("#missing", "AllergyIntolerance?clinical-status:missing=true", "unknown"),
    ("#missing", "AllergyIntolerance?clinical-status=active&clinical-status:missing=true", ""),
    ("#missing", "AllergyIntolerance?_filter=clinical-status eq active or clinical-status pr false", "active unknown"),
    ("#escaping", "Observation?code=a,b", "code-a code-b"),
    ("#escaping", r"Observation?code=a\,b", "code-ab"),
    ("#escaping", "ValueSet?url=http://acme.org/fhir/ValueSet/123,http://acme.org/fhir/ValueSet/124,125", "v123 v124"),
    (
        "#escaping",
        "ValueSet?url=http://acme.org/fhir/ValueSet/123,http://acme.org/fhir/ValueSet/124%2CValueSet/125",
        "v123 v124",
    ),
    (
        "#escaping",
        r"ValueSet?url=http://acme.org/fhir/ValueSet/123,http://acme.org/fhir/ValueSet/124\,125",
        "v123 v124c",
    ),
    ("#contained", "MedicationRequest?medication.ingredient-code=abc", "own-mixture"),
    ("#contained", "MedicationRequest?medication.expiration-date=2030", "own-mixture"),
    ("#contained", "MedicationRequest?medication.expiration-date=2031", ""),
    ("#contained", "Medication?ingredient-code=abc", ""),
    ("#text", "Condition?_text=(bone OR liver) and metastases", "metastases"),
    ("#content", "Condition?_content=ha125", "ha125 other-system"),
    ("#list", "Patient?_list=42", "23 24 43"),
    ("#list", "Patient?_list=42&gender=female", "24 43"),
    ("#filter", "Observation?code=http://loinc.org|1234-5&subject.name=peter", "of-23"),
    ("#filter", 'Observation?_filter=code eq http://loinc.org|1234-5 and subject.name co "peter"', "of-23"),
    ("search_filter.html", 'Patient?_filter=name co "pet"', "23"),
    ("search_filter.html", 'Patient?_filter=given eq "peter" and birthdate ge 2014-10-10', "23"),
    ("search_filter.html", "Observation?_filter=code eq http://loinc.org|1234-5", "of-23"),
    ("search_filter.html", "Observation?_filter=code eq loinc|1234-5", "of-23"),
    ("search_filter.html", 'Observation?_filter=subject.name co "pet"', "of-23 of-23-absolute"),
    ("location.html#search", "Location?near=31.2456|121.4976|2|km", "42"),
    ("location.html#search", "Location?near=31.2456|121.4976|2000|m", "42"),
    ("location.html#search", "Location?near=31.2456|121.4976|5000|km", "42 far"),
]


@pytest.mark.parametrize(
    ("clause", "query", "names"), EXAMPLES, ids=[f"{clause} {query}" for clause, query, _ in EXAMPLES]
)
async def test_an_example_of_the_page_finds_what_it_says(
    loaded: None, fhir: httpx.AsyncClient, clause: str, query: str, names: str
) -> None:
    type_ = query.partition("?")[0]
    assert sorted(await found(fhir, query)) == sorted(f"{type_}/{name}" for name in names.split())


INCLUDES: list[tuple[str, str, str]] = [
    ("#include", "MedicationRequest?_id=order&_include=MedicationRequest:patient", "Patient/23"),
    ("#include", "MedicationRequest?_id=order&_revinclude=Provenance:target", "Provenance/of-order"),
    ("#include", "MedicationDispense?_include=MedicationDispense:prescription", "MedicationRequest/order"),
    (
        "#include",
        "MedicationDispense?_include=MedicationDispense:prescription&_include:iterate=MedicationRequest:intended-performer",
        "MedicationRequest/order Practitioner/joe",
    ),
    ("#include", "Observation?_id=second&_include=Observation:derived-from", "Observation/first"),
    (
        "#include",
        "Observation?_id=second&_include:iterate=Observation:derived-from",
        "Observation/first Observation/origin",
    ),
    (
        "#include",
        "Observation?_id=second&_include:recurse=Observation:derived-from",
        "Observation/first Observation/origin",
    ),
    (
        "#include",
        "MedicationRequest?_id=order&_include=MedicationRequest:*",
        "Patient/23 Practitioner/joe",
    ),
    ("#include", "MedicationRequest?_id=order&_include=*", "Patient/23 Practitioner/joe"),
    ("#include", "MedicationRequest?_id=order&_include=MedicationRequest:*:Patient", "Patient/23"),
    ("#include", "MedicationRequest?_id=order&_revinclude=*", "Provenance/of-order MedicationDispense/dispense"),
    (
        "#include",
        "Observation?_id=origin&_revinclude:iterate=Observation:derived-from",
        "Observation/first Observation/second",
    ),
]


@pytest.mark.parametrize(("clause", "query", "names"), INCLUDES, ids=[f"{one[0]} {one[1]}" for one in INCLUDES])
async def test_an_include_of_the_page_brings_what_it_says(
    loaded: None, fhir: httpx.AsyncClient, clause: str, query: str, names: str
) -> None:
    assert sorted(await found(fhir, query, "include")) == sorted(names.split())


async def test_a_parameter_of_the_page_that_r4_does_not_define_is_told(loaded: None, fhir: httpx.AsyncClient) -> None:
    """#number shows ``ImmunizationRecommendation?dose-number=2``, which R4's definitions left out."""
    entries = (await fhir.get("/ImmunizationRecommendation?dose-number=2")).json()["entry"]
    assert "dose-number" in entries[-1]["resource"]["issue"][0]["diagnostics"]


async def test_sort_several_keys(loaded: None, fhir: httpx.AsyncClient) -> None:
    """#sort: ``_sort=status,-date,category``."""
    assert await found(fhir, "Observation?_tag=sorted&_sort=status,-date,category") == [
        f"Observation/{name}" for name in ("sorted-3", "sorted-1", "sorted-2", "sorted-4")
    ]


async def test_summary_elements_and_totals(loaded: None, fhir: httpx.AsyncClient) -> None:
    """#summary, #elements, #count and #total."""
    short = (await fhir.get("/Patient?_id=23&_elements=identifier,active,link")).json()["entry"][0]["resource"]
    assert set(short) == {"resourceType", "id", "meta", "identifier", "active"}
    assert "compose" not in (await fhir.get("/ValueSet?_id=cardiac&_summary=true")).json()["entry"][0]["resource"]
    for asked in ("_summary=count", "_count=0", "_count=2&_total=accurate", "_count=2&_total=estimate"):
        assert (await fhir.get(f"/Patient?{asked}")).json()["total"] == 7, asked
    assert "total" not in (await fhir.get("/Patient?_count=2&_total=none")).json()


REFUSED: list[tuple[str, str]] = [
    ("#query", "Patient?_query=unheard-of&name=x"),
    ("#list", "AllergyIntolerance?patient=42&_list=$current-drug-allergies"),
    ("#token", "Condition?code:in=http://acme.org/fhir/ValueSet/unheard-of"),
    ("#token", "Condition?code:below=http://acme.org/unheard-of|1"),
    ("#token", "Condition?code:below=no-such-code"),
    ("#token", "Patient?identifier:of-type=MR|446053"),
    ("#contained", "Medication?_contained=true"),
    ("#summary", "Patient?_summary=text&_include=Patient:organization"),
    ("#include", "Patient?_include:always=Patient:organization"),
    ("#combining", "Questionnaire?context-type-value:missing=true"),
    ("search_filter.html", "Patient?_filter=name co"),
    ("search_filter.html", "Patient?_filter=(name co x"),
    ("search_filter.html", "Patient?_filter=gender sw x"),
    ("search_filter.html", "Patient?_filter=colour eq x"),
    ("search_filter.html", "Patient?_filter=" + "(" * 200 + "name eq x" + ")" * 200),
    ("location.html#search", "Location?near=here"),
    ("location.html#search", "Location?near=95|0"),
    ("location.html#search", "Location?near=1|1|1|mg"),
    ("#text", "Condition?_text=(bone"),
]


@pytest.mark.parametrize(("clause", "query"), REFUSED, ids=[f"{one[0]} {one[1][:80]}" for one in REFUSED])
async def test_what_cannot_be_answered_is_refused_in_words(
    loaded: None, fhir: httpx.AsyncClient, clause: str, query: str
) -> None:
    answer = await fhir.get(f"/{query}")
    assert answer.status_code == 400, answer.text
    issue: dict[str, Any] = answer.json()["issue"][0]
    assert issue["diagnostics"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("_type=Observation,Condition&code=ha125", "Condition/ha125 Condition/other-system"),
        ("_type=Patient,Group&_id=42,102", "Patient/42 Group/102"),
        ("_tag=http://acme.org/codes|needs-review", "Condition/ha125"),
        (
            "_type=Observation,DiagnosticReport&subject.name=peter&_id=of-23,potassium",
            "Observation/of-23 DiagnosticReport/potassium",
        ),
        ("_type=Patient,Practitioner&name=peter,joe", "Patient/23 Practitioner/joe"),
        ("_id=21&_type=Encounter", "Encounter/21"),
        ("_list=42&_type=Condition,Patient&_id:not=24", "Patient/23 Patient/43 Condition/liver"),
        ("_type=Patient,Group&_has:Observation:patient:code=1234-5&_id=23", None),
    ],
)
async def test_a_search_of_several_types_takes_what_they_share(
    loaded: None, fhir: httpx.AsyncClient, asked: str, names: str | None
) -> None:
    """#type: ``GET [base]/?_type=Observation,Condition&...``."""
    if names is None:
        assert (await fhir.get(f"?{asked}")).status_code == 400
        return
    assert sorted(await found(fhir, f"?{asked}")) == sorted(names.split())
    answer = await fhir.post("/_search", content=asked, headers={"content-type": "application/x-www-form-urlencoded"})
    assert len(answer.json()["entry"]) == len(names.split())


async def test_what_the_types_do_not_share_is_told_and_types_are_checked(loaded: None, fhir: httpx.AsyncClient) -> None:
    """#type: without ``_type`` only the parameters of all resources."""
    entries = (await fhir.get("?name=peter&_id=23")).json()["entry"]
    assert "name" in entries[-1]["resource"]["issue"][0]["diagnostics"]
    assert (await fhir.get("?_type=Patient,Nobody")).status_code == 400
    assert (await fhir.get("?_type=Patient,Group&_sort=name")).status_code == 400
    pages, url = [], "?_type=Patient,Group&_count=4&_sort=-_lastUpdated,_id"
    while url:
        page = (await fhir.get(url)).json()
        pages += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert len(pages) == len(set(pages)) == 10
