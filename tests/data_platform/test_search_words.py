"""Whatever is written in a search, the answer is a page or a refusal in words, never a breakdown."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.data_platform import search
from xinglin.data_platform.search.words import plain, split
from xinglin.foundation.errors import Category, XinglinError

TYPES = (
    "Observation",
    "Patient",
    "Location",
    "ValueSet",
    "MolecularSequence",
    "DocumentReference",
    "Group",
    "Encounter",
)
MODIFIERS = [
    *("", "", "", ":missing", ":exact", ":contains", ":text", ":not", ":in", ":not-in", ":above", ":below"),
    *(":of-type", ":identifier", ":Patient", ":iterate", ":fuzzy"),
]
CONTROLS = [
    *("_sort", "_count", "_total", "_summary", "_elements", "_include", "_revinclude", "_include:iterate"),
    *("_filter", "_text", "_content", "_list", "_query", "_contained", "_cursor", "colour"),
]
CHAINS = [
    *("subject:Patient.name", "patient.organization.partof.name", "subject:Patient._has:Encounter:patient:status"),
    *("_has:Provenance:target:recorded", "_has:Observation:patient:_has:AuditEvent:entity:agent", "partof.partof.name"),
    *("_has:Group:member:_id", "general-practitioner:Practitioner.name:exact", "subject.birthdate:missing"),
]


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """A type and parameters of every kind that it has, well and badly written."""
    type_ = draw(st.sampled_from(TYPES))
    codes = st.sampled_from(sorted(search.parameters(type_)))
    named = st.tuples(codes, st.sampled_from(MODIFIERS)).map("".join)
    names = st.one_of(named, named, st.sampled_from(CONTROLS), st.sampled_from(CHAINS), st.text(max_size=12))
    return type_, draw(st.lists(st.tuples(names, VALUES), max_size=4))


PIECES = st.sampled_from(
    [
        "2020-02-30",
        "ge",
        "2020",
        "-1",
        "1e400",
        "|",
        "$",
        ",",
        "\\",
        "%",
        "'",
        ";--",
        "Patient/1",
        "张伟",
        "\x00",
        "true",
        "☃",
        "a☃' OR true --",
        "0.5",
        "ap5.4|http://unitsofmeasure.org|mg",
        "http://loinc.org|1",
        'name co "a" and (not (gender eq male) or birthdate ge 2020)',
        "subject[gender eq male].name sw a",
        "(bone OR liver) and NOT x",
        "31.2|121.4|5|km",
        "name,-birthdate,_id",
        "Observation:subject",
        "*",
        "http://hl7.org/fhir/ValueSet/none",
    ]
)
VALUES = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=5).map("".join))


@settings(max_examples=600, deadline=None)
@given(requests())
def test_any_words_are_compiled_or_refused(drawn: tuple[str, list[tuple[str, str]]]) -> None:
    type_, asked = drawn
    now = datetime(2026, 11, 22, tzinfo=UTC)
    try:
        request = search.read(type_, asked)
        terms = {one: [("s", "c")] for condition in request.criteria for one in search.by_terminology(condition)}
        statements = list(search.page(request, search.Circumstances("http://node/fhir", now, terms)))
    except XinglinError as error:
        assert error.category is Category.INVALID
        return
    assert statements
    for statement in statements:
        assert statement.text.count("$") >= len(statement.arguments)
        assert "☃" not in statement.text  # what a caller writes stays apart from the text


@given(st.text(max_size=30))
def test_words_cut_apart_join_to_the_same(text: str) -> None:
    assert ",".join(split(text, ",")) == text


def test_an_escaped_separator_belongs_to_its_value() -> None:
    assert [plain(part) for part in split(r"a\,b,c\|d", ",")] == ["a,b", "c|d"]


@pytest.fixture
def examples() -> list[tuple[str, list[tuple[str, str]]]]:
    """Requests drawn once, since the database is asked asynchronously."""
    drawn: list[tuple[str, list[tuple[str, str]]]] = []

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests())
    def draw(one: tuple[str, list[tuple[str, str]]]) -> None:
        drawn.append(one)

    draw()
    return drawn


async def test_any_search_is_answered_by_the_real_database(
    fhir: httpx.AsyncClient, examples: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    for type_ in TYPES:
        await fhir.post(f"/{type_}", json=SMALLEST[type_])

    async def ask(type_: str, asked: list[tuple[str, str]]) -> None:
        url = str(httpx.QueryParams(asked))
        answer = await fhir.get(f"/{type_}?{url}")
        assert answer.status_code in (200, 400), (type_, parse_qsl(url), answer.text)

    for first in range(0, len(examples), 8):
        await asyncio.gather(*(ask(*one) for one in examples[first : first + 8]))


SMALLEST = {
    "Observation": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}},
    "Patient": {"resourceType": "Patient", "name": [{"family": "张"}]},
    "Location": {"resourceType": "Location", "position": {"latitude": 31.2, "longitude": 121.4}},
    "ValueSet": {"resourceType": "ValueSet", "status": "active", "url": "http://hl7.org/fhir/ValueSet/x"},
    "MolecularSequence": {
        "resourceType": "MolecularSequence",
        "coordinateSystem": 0,
        "referenceSeq": {"windowStart": 1, "windowEnd": 2},
    },
    "DocumentReference": {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"contentType": "text/xml"}}],
    },
    "Group": {"resourceType": "Group", "type": "person", "actual": True},
    "Encounter": {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}},
}
