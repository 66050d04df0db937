"""The searches that are measured: every family of the public benchmark (HealthSamurai/fhir-server-performance-
benchmark), hits and misses, with values sampled from the loaded data; and the five of the peers' load script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

Resource: TypeAlias = "dict[str, Any]"
Asked: TypeAlias = "list[tuple[str, str]]"

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


@dataclass(frozen=True, slots=True)
class Search:
    """``ask`` makes the parameters from a sampled resource of ``sampled`` (None where it has no such value).

    ``grows_with`` says what the work grows with, apart from the page; with a search that is not ``barred`` it is known
    to break the bars and told beside them."""

    family: str
    name: str
    type: str
    sampled: str
    ask: Callable[[Resource, Random], Asked | None]
    barred: bool = True
    grows_with: str = ""


def searches() -> Iterator[Search]:
    """All that is measured, in the order of the table."""
    yield from _strings()
    yield from _dates()
    yield from _tokens()
    yield from _quantities()
    yield from _composites()
    yield from _references()
    yield from _script()
    yield from _hard()


def _strings() -> Iterator[Search]:
    for type_, code, value in (
        ("Patient", "name", lambda one: one["name"][0]["family"]),
        ("Patient", "address", lambda one: one["address"][0]["city"]),
        ("Organization", "name", lambda one: one["name"].split()[0]),
    ):
        yield _one("string", f"{type_}?{code}", type_, code, value)
        yield _one("string", f"{type_}?{code}:contains", type_, f"{code}:contains", _middle(value), grows_with=_VALUES)
        yield _fixed("string", f"{type_}?{code} miss", type_, [(code, "qxqxqx")])
        yield _fixed(
            "string", f"{type_}?{code}:contains miss", type_, [(f"{code}:contains", "qxqxqx")], grows_with=_VALUES
        )


_VALUES = "the values of the parameter, all of which are read"
_MIDDLING = "the lesser of the hits and the resources between two of them"


def _middle(value: Callable[[Resource], str]) -> Callable[[Resource], str | None]:
    def middle(one: Resource) -> str | None:
        text = value(one)
        return text[1:6] if len(text) >= 5 else None

    return middle


def _dates() -> Iterator[Search]:
    for type_, code, value in (
        ("Patient", "birthdate", lambda one: one["birthDate"]),
        ("Observation", "date", lambda one: one["effectiveDateTime"][:10]),
        ("Encounter", "date", lambda one: one["period"]["start"][:10]),
    ):
        for prefix in PREFIXES:
            yield _one("date", f"{type_}?{code} {prefix}", type_, code, lambda one, v=value, p=prefix: p + v(one))
        yield _fixed("date", f"{type_}?{code} miss", type_, [(code, "1701-01-01")])


def _tokens() -> Iterator[Search]:
    def first(one: Resource) -> Resource:
        found: Resource = one["code"]["coding"][0]
        return found

    yield _one("token", "Observation?category", "Observation", "category", lambda one: _category(one)["code"])
    yield _one(
        "token", "Observation?category system|code", "Observation", "category", lambda one: _both(_category(one))
    )
    yield _one("token", "Observation?code", "Observation", "code", lambda one: first(one)["code"])
    yield _one("token", "Observation?code system|code", "Observation", "code", lambda one: _both(first(one)))
    yield _one(
        "token", "Observation?code list", "Observation", "code", lambda one: f"{_both(first(one))},8302-2,29463-7"
    )
    yield _fixed("token", "Observation?code miss", "Observation", [("code", "http://loinc.org|0000-0")])
    yield _fixed("token", "Observation?category miss", "Observation", [("category", "no-such-category")])
    yield _one("token", "Encounter?status", "Encounter", "status", lambda one: one["status"])
    yield _one("token", "Encounter?class", "Encounter", "class", lambda one: one["class"]["code"])
    yield _one("token", "Encounter?class system|code", "Encounter", "class", lambda one: _both(one["class"]))
    yield _fixed("token", "Encounter?status list", "Encounter", [("status", "planned,arrived,finished")])
    yield _fixed("token", "Encounter?status miss", "Encounter", [("status", "cancelled")])


def _quantities() -> Iterator[Search]:
    def whole(one: Resource) -> Resource | None:
        return one.get("valueQuantity")

    for code, value in (
        ("value-quantity", whole),
        ("component-value-quantity", _component_quantity),
        ("combo-value-quantity", lambda one: whole(one) or _component_quantity(one)),
    ):
        for prefix in PREFIXES:
            yield _one(
                "quantity",
                f"Observation?{code} {prefix}",
                "Observation",
                code,
                lambda one, v=value, p=prefix: _number(v(one), p),
            )
        yield _one(
            "quantity", f"Observation?{code} with unit", "Observation", code, lambda one, v=value: _with_unit(v(one))
        )
        yield _fixed("quantity", f"Observation?{code} miss", "Observation", [(code, "-987654321")])


def _composites() -> Iterator[Search]:
    def of(code: Resource, quantity: Resource | None, prefix: str) -> str | None:
        return f"{_both(code['coding'][0])}${prefix}{quantity['value']}" if quantity else None

    def whole(one: Resource, prefix: str) -> str | None:
        return of(one["code"], one.get("valueQuantity"), prefix)

    def component(one: Resource, prefix: str) -> str | None:
        part = next((part for part in one.get("component", ()) if "valueQuantity" in part), None)
        return of(part["code"], part["valueQuantity"], prefix) if part else None

    for name, value in (
        ("code-value-quantity", whole),
        ("component-code-value-quantity", component),
        ("combo-code-value-quantity", lambda one, prefix: whole(one, prefix) or component(one, prefix)),
    ):
        for prefix in ("", "gt", "lt", "ap"):
            label = f"Observation?{name} {prefix or 'eq'}"
            yield _one("composite", label, "Observation", name, lambda one, v=value, p=prefix: v(one, p))
        yield _fixed(
            "composite", f"Observation?{name} miss", "Observation", [(name, "http://loinc.org|8302-2$-987654321")]
        )


def _references() -> Iterator[Search]:
    for type_, code, value in (
        ("Observation", "subject", lambda one: one["subject"]),
        ("Observation", "encounter", lambda one: one["encounter"]),
        ("Observation", "performer", lambda one: one["performer"][0]),
        ("Encounter", "subject", lambda one: one["subject"]),
        ("Encounter", "participant", lambda one: one["participant"][0]["individual"]),
        ("MedicationRequest", "subject", lambda one: one["subject"]),
        ("MedicationRequest", "encounter", lambda one: one["encounter"]),
        ("MedicationRequest", "requester", lambda one: one["requester"]),
    ):
        yield _one(
            "reference", f"{type_}?{code}", type_, code, lambda one, v=value: v(one)["reference"], grows_with=_MIDDLING
        )
        kind = {"encounter": "Encounter", "subject": "Patient"}.get(code, "Practitioner")
        yield _fixed("reference", f"{type_}?{code} miss", type_, [(code, f"{kind}/nobody")])


def _script() -> Iterator[Search]:
    yield _one("script", "patient by name", "Patient", "name", lambda one: one["name"][0]["family"], paged=False)
    yield Search("script", "patient+code+date sorted", "Observation", "Observation", lambda one, _: [
        ("patient", one["subject"]["reference"]), ("code", _both(one["code"]["coding"][0])),
        ("date", "ge2010-01-01"), ("_sort", "-date"),
    ])  # fmt: skip
    yield _fixed("script", "encounter by status", "Encounter", [("status", "finished")])
    yield Search("script", "chained patient.identifier", "Observation", "Patient", lambda one, _: [
        ("subject:Patient.identifier", _identifier(one["identifier"][1])),
    ])  # fmt: skip
    yield Search("script", "_include subject", "Observation", "Patient", lambda one, _: [
        ("patient", f"Patient/{one['id']}"), ("_include", "Observation:subject"), ("_count", "20"),
    ])  # fmt: skip


def _hard() -> Iterator[Search]:
    """What must look at much before it can answer; measured and told, outside the bars."""

    def two(one: Resource, _: Random) -> Asked:
        return [("name:contains", one["name"][0]["family"][:2]), ("_count", "20")]

    yield Search("hard", "two-letter contains", "Patient", "Patient", two, False, _VALUES)
    asked = [("category", "vital-signs"), ("_sort", "-date"), ("_count", "20")]
    yield Search("hard", "sort over a common category", "Observation", "Patient", lambda *_: asked, False, _MIDDLING)


def _one(
    family: str,
    name: str,
    type_: str,
    code: str,
    value: Callable[[Resource], str | None],
    *,
    paged: bool = True,
    grows_with: str = "",
) -> Search:
    def ask(one: Resource, _: Random) -> Asked | None:
        found = value(one)
        return None if found is None else [(code, found), *([("_count", "20")] if paged else [])]

    return Search(family, name, type_, type_, ask, grows_with=grows_with)


def _fixed(family: str, name: str, type_: str, asked: Asked, *, grows_with: str = "") -> Search:
    return Search(family, name, type_, type_, lambda *_: [*asked, ("_count", "20")], grows_with=grows_with)


def _both(coding: Resource) -> str:
    return f"{coding.get('system', '')}|{coding['code']}"


def _identifier(identifier: Resource) -> str:
    return f"{identifier['system']}|{identifier['value']}"


def _category(one: Resource) -> Resource:
    found: Resource = one["category"][0]["coding"][0]
    return found


def _component_quantity(one: Resource) -> Resource | None:
    return next((part["valueQuantity"] for part in one.get("component", ()) if "valueQuantity" in part), None)


def _number(quantity: Resource | None, prefix: str) -> str | None:
    return None if quantity is None else f"{prefix}{quantity['value']}"


def _with_unit(quantity: Resource | None) -> str | None:
    if quantity is None or "code" not in quantity:
        return None
    return f"{quantity['value']}|{quantity['system']}|{quantity['code']}"
