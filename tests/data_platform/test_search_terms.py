"""Searches by value sets and subsumption, answered by what the store holds or by a terminology of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from xinglin.data_platform import search
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import SystemIds

DIET = "http://example.org/diet"
MEALS = "http://example.org/meals"
Resource = dict[str, Any]


def value_set(id_: str, **more: Any) -> Resource:
    return {
        "resourceType": "ValueSet",
        "id": id_,
        "status": "active",
        "url": f"http://example.org/ValueSet/{id_}",
        **more,
    }


def included(*includes: Resource, exclude: Sequence[Resource] = ()) -> Resource:
    return {"compose": {"include": list(includes), **({"exclude": list(exclude)} if exclude else {})}}


def filtered(operator: str, value: str, about: str = "concept") -> Resource:
    return {"system": DIET, "filter": [{"property": about, "op": operator, "value": value}]}


RESOURCES: list[Resource] = [
    {
        "resourceType": "CodeSystem",
        "id": "diet",
        "url": DIET,
        "status": "active",
        "content": "complete",
        "valueSet": "http://example.org/all-diets",
        "concept": [
            {"code": "food", "concept": [{"code": "plant", "concept": [{"code": "apple"}, {"code": "rice"}]}]},
            {"code": "tea", "property": [{"code": "parent", "valueCode": "plant"}]},
            {"code": "egg"},
        ],
    },
    value_set("listed", **included({"system": DIET, "concept": [{"code": "apple"}, {"code": "egg"}]})),
    value_set("whole", **included({"system": DIET})),
    value_set("plants", **included(filtered("is-a", "plant"))),
    value_set("under-plants", **included(filtered("descendent-of", "plant"))),
    value_set("not-plants", **included(filtered("is-not-a", "plant"))),
    value_set("above-apple", **included(filtered("generalizes", "apple"))),
    value_set("few", **included(filtered("in", "apple, tea"))),
    value_set("both", **included({"valueSet": ["http://example.org/ValueSet/plants", "http://example.org/ValueSet/few"]})),
    value_set("without", **included({"system": DIET}, exclude=[filtered("is-a", "plant")])),
    value_set("ready", expansion={"timestamp": "2026-01-01", "contains": [
        {"system": DIET, "code": "food", "abstract": True, "contains": [{"system": DIET, "code": "rice"}]}]}),
    value_set("circle", **included({"valueSet": ["http://example.org/ValueSet/circle"]})),
    value_set("odd", **included(filtered("regex", "a.*", "display"))),
    value_set("elsewhere", **included({"system": "http://example.org/absent"})),
    value_set("enormous", expansion={"timestamp": "2026-01-01", "contains": [
        {"system": DIET, "code": str(number)} for number in range(10_001)]}),
    value_set("many", expansion={"timestamp": "2026-01-01", "contains": [
        {"system": DIET, "code": code} for code in (*map(str, range(3000)), "egg")]}),
    *(
        {"resourceType": "Basic", "id": code, "code": {"coding": [{"system": DIET, "code": code}]}}
        for code in ("food", "plant", "apple", "rice", "tea", "egg")
    ),
    {"resourceType": "Basic", "id": "same-code", "code": {"coding": [{"system": MEALS, "code": "apple"}]}},
    {"resourceType": "Basic", "id": "no-system", "code": {"coding": [{"code": "apple"}]}},
]  # fmt: skip


@pytest.fixture(scope="module")
async def stored(database: Database) -> None:
    async with database.transaction() as connection:
        await Store(SystemClock(), SystemIds()).put_all(connection, RESOURCES, Cause("test"))


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("code:in=http://example.org/ValueSet/listed", "apple egg"),
        ("code:in=ValueSet/listed", "apple egg"),
        ("code:in=http://node/fhir/ValueSet/listed", "apple egg"),
        ("code:not-in=http://example.org/ValueSet/listed", "food plant rice tea same-code no-system"),
        ("code:in=http://example.org/ValueSet/whole", "food plant apple rice tea egg"),
        ("code:in=http://example.org/all-diets", "food plant apple rice tea egg"),
        ("code:in=http://example.org/diet?fhir_vs", "food plant apple rice tea egg"),
        ("code:in=http://example.org/diet?fhir_vs=isa/plant", "plant apple rice tea"),
        ("code:in=http://example.org/ValueSet/plants", "plant apple rice tea"),
        ("code:in=http://example.org/ValueSet/under-plants", "apple rice tea"),
        ("code:in=http://example.org/ValueSet/not-plants", "food egg"),
        ("code:in=http://example.org/ValueSet/above-apple", "food plant apple"),
        ("code:in=http://example.org/ValueSet/few", "apple tea"),
        ("code:in=http://example.org/ValueSet/both", "apple tea"),
        ("code:in=http://example.org/ValueSet/without", "food egg"),
        ("code:in=http://example.org/ValueSet/ready", "rice"),
        ("code:in=http://example.org/ValueSet/many", "egg"),
        ("code:in=http://example.org/ValueSet/ready,http://example.org/ValueSet/few", "rice apple tea"),
        ("code:below=http://example.org/diet|plant", "plant apple rice tea"),
        ("code:below=plant", "plant apple rice tea"),
        ("code:above=http://example.org/diet|apple", "food plant apple"),
        ("code:below=http://example.org/diet|none", ""),
        ("_filter=code in http://example.org/ValueSet/few", "apple tea"),
        ("_filter=code ni http://example.org/ValueSet/whole", "same-code no-system"),
        ("_filter=code ss http://example.org/diet|plant and not (code eq tea)", "plant apple rice"),
        ("_filter=code sb http://example.org/diet|apple", "food plant apple"),
    ],
)
async def test_codes_are_found_by_the_value_sets_and_systems_that_are_stored(
    stored: None, fhir: httpx.AsyncClient, asked: str, ids: str
) -> None:
    answer = await fhir.get(f"/Basic?{asked}")
    assert answer.status_code == 200, answer.text
    assert sorted(entry["resource"]["id"] for entry in answer.json().get("entry", ())) == sorted(ids.split())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("code:in=http://example.org/ValueSet/unheard-of", "not-found"),
        ("code:in=http://example.org/ValueSet/circle", "too-costly"),
        ("code:in=http://example.org/ValueSet/odd", "not-supported"),
        ("code:in=http://example.org/ValueSet/elsewhere", "not-found"),
        ("code:in=http://example.org/ValueSet/enormous", "too-costly"),
        ("code:below=http://example.org/absent|1", "not-found"),
        ("code:below=unheard-of", "not-found"),
    ],
)
async def test_a_value_set_that_cannot_be_told_is_refused(
    stored: None, fhir: httpx.AsyncClient, asked: str, code: str
) -> None:
    answer = await fhir.get(f"/Basic?{asked}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["issue"][0]["code"] == code


class OnlyEggs:
    """A terminology that knows one thing."""

    async def expand(self, connection: object, value_set: str) -> search.Codings:
        return [(DIET, "egg")]

    async def below(self, connection: object, system: str | None, code: str) -> search.Codings:
        return [(DIET, "egg")]

    async def above(self, connection: object, system: str | None, code: str) -> search.Codings:
        return [(DIET, "egg")]


async def test_another_terminology_may_take_the_place_of_the_stored_one(stored: None, database: Database) -> None:
    store = Store(SystemClock(), SystemIds(), OnlyEggs())
    async with database.connection() as connection:
        for modifier in ("in", "below", "above"):
            page = await store.search(connection, "Basic", [(f"code:{modifier}", "whatever")])
            assert [found.id for found in page.matches] == ["egg"]


async def test_a_named_query_means_what_it_was_registered_for(stored: None, database: Database) -> None:
    def meaning(asked: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        return [("code:below", f"{DIET}|{value}") for name, value in asked if name == "like"]

    queries = {("Basic", "similar"): search.NamedQuery(frozenset({"like"}), meaning)}
    store = Store(SystemClock(), SystemIds(), queries=queries)
    async with database.connection() as connection:
        asked = [("_query", "similar"), ("like", "plant"), ("code:not", "tea")]
        page = await store.search(connection, "Basic", asked)
        assert sorted(found.id for found in page.matches) == ["apple", "plant", "rice"]
        assert sorted(page.request.understood) == sorted(asked)
        for wrong in ([("_query", "other")], [("_query", "similar"), ("_query", "similar")]):
            with pytest.raises(XinglinError):
                await store.search(connection, "Basic", wrong)
        with pytest.raises(XinglinError):
            await store.search(connection, "Patient", [("_query", "similar")])
