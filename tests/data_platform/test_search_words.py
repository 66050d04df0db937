"""Whatever is written in a search, the answer is a page or a refusal in words, never a breakdown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.data_platform import search
from xinglin.data_platform.search.words import plain, split
from xinglin.foundation.errors import Category, XinglinError

NAMES = [
    *("_id", "_lastUpdated", "_sort", "_count", "_total", "_summary", "_elements", "_include", "_revinclude"),
    *("code", "date", "patient", "subject:Patient.name", "value-quantity", "combo-code-value-quantity"),
    *("status:not", "code:missing", "_has:Provenance:target:recorded", "_cursor", "colour", "subject:identifier"),
    *("value-string:contains", "based-on", "component-value-quantity", "code-value-date", "value-date:missing"),
]
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
        "0.5",
    ]
)
VALUES = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=5).map("".join))
REQUESTS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), VALUES), max_size=4)


@settings(max_examples=400, deadline=None)
@given(REQUESTS)
def test_any_words_are_compiled_or_refused(asked: list[tuple[str, str]]) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    try:
        request = search.read("Observation", asked)
        statement = search.page(request, search.Circumstances("http://node/fhir", now))
    except XinglinError as error:
        assert error.category is Category.INVALID
        return
    assert statement.text.count("$") >= len(statement.arguments)
    for _, value in asked:
        if len(value) > 6 and not value.isalnum():
            assert value not in statement.text


@given(st.text(max_size=30))
def test_words_cut_apart_join_to_the_same(text: str) -> None:
    assert ",".join(split(text, ",")) == text


def test_an_escaped_separator_belongs_to_its_value() -> None:
    assert [plain(part) for part in split(r"a\,b,c\|d", ",")] == ["a,b", "c|d"]


@pytest.fixture
def examples() -> Iterator[list[list[tuple[str, str]]]]:
    """Requests drawn once, since the database is asked asynchronously."""
    drawn: list[list[tuple[str, str]]] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(REQUESTS)
    def draw(asked: list[tuple[str, str]]) -> None:
        drawn.append(asked)

    draw()
    yield drawn


async def test_any_search_is_answered_by_the_real_database(
    fhir: httpx.AsyncClient, examples: list[list[tuple[str, str]]]
) -> None:
    async def ask(asked: list[tuple[str, str]]) -> None:
        url = str(httpx.QueryParams(asked))
        answer = await fhir.get(f"/Observation?{url}")
        assert answer.status_code in (200, 400), (parse_qsl(url), answer.text)

    for first in range(0, len(examples), 8):
        await asyncio.gather(*(ask(asked) for asked in examples[first : first + 8]))
