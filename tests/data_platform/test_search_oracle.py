"""Random searches on random resources find what a slow reading of R4's rules finds in memory."""

from __future__ import annotations

import asyncio
import calendar
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database

UCUM = "http://unitsofmeasure.org"
UNITS = {"kg": Decimal(1000), "g": Decimal(1), "mg": Decimal("0.001"), "ug": Decimal("0.000001")}
SYSTEMS = ("http://a.org", "http://b.org", None)
CODES = ("1", "2", "x,y", "x|y")
DAYS = [
    *("2019", "2020", "2020-01", "2020-02", "2020-01-31", "2020-02-01", "2020-02-29", "2020-12-31", "2021"),
    *("2020-02-01T00:00:00Z", "2020-02-01T08:00:00+08:00", "2020-02-01T23:59:59Z", "2020-02-29T12:30:00.5Z"),
]
NUMBERS = ["0", "1", "1.0", "1.00", "1.05", "0.95", "100", "99.5", "100.5", "1e2", "1e-3", "5.40e-3", "-1", "0.001"]
WORDS = ["Anna", "anna lena", "Ännä", "ANNA", "Hanna", "ß", "An", "张伟", "100%", "a_b", ""]
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")

Resource = dict[str, Any]
Range = tuple[datetime, datetime]
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

codings = st.fixed_dictionaries({"code": st.sampled_from(CODES)}, optional={"system": st.sampled_from(SYSTEMS[:2])})
concepts = st.lists(codings, min_size=1, max_size=2).map(lambda found: {"coding": found})
numbers = st.sampled_from([float(Decimal(number)) for number in NUMBERS])
quantities = st.one_of(
    st.fixed_dictionaries({"value": numbers}),
    st.fixed_dictionaries({"value": numbers, "system": st.just(UCUM), "code": st.sampled_from(sorted(UNITS))}),
    st.fixed_dictionaries({"value": numbers, "unit": st.sampled_from(sorted(UNITS))}),
)
periods = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(
    lambda two: {"start": min(two, key=lambda day: span(day)[0]), "end": max(two, key=lambda day: span(day)[1])}
)
observations = st.builds(
    lambda status, code, categories, effective, value: {
        "resourceType": "Observation",
        "status": status,
        "code": code,
        **({"category": categories} if categories else {}),
        **effective,
        **value,
    },
    st.sampled_from(("final", "amended", "preliminary")),
    concepts,
    st.lists(concepts, max_size=2),
    st.one_of(
        st.just({}),
        st.sampled_from(DAYS).map(lambda day: {"effectiveDateTime": day}),
        periods.map(lambda period: {"effectivePeriod": period}),
        st.sampled_from(DAYS).map(lambda day: {"effectivePeriod": {"start": day}}),
    ),
    st.one_of(
        st.just({}),
        quantities.map(lambda quantity: {"valueQuantity": quantity}),
        st.sampled_from([word for word in WORDS if word]).map(lambda word: {"valueString": word}),
    ),
)


def span(day: str) -> Range:
    """The instants that a date stands for."""
    if "T" in day:
        start = datetime.fromisoformat(day.replace("Z", "+00:00")).astimezone(UTC)
        return start, start + (timedelta(milliseconds=100) if "." in day else timedelta(seconds=1))
    year, month, date = (int(part) for part in (*day.split("-"), "0", "0")[:3])
    start = datetime(year, month or 1, date or 1, tzinfo=UTC)
    if date:
        return start, start + timedelta(days=1)
    days = calendar.monthrange(year, month)[1] if month else 366 if calendar.isleap(year) else 365
    return start, start + timedelta(days=days)


def times(resource: Resource) -> list[Range]:
    if "effectiveDateTime" in resource:
        return [span(resource["effectiveDateTime"])]
    period = resource.get("effectivePeriod")
    if period is None:
        return []
    return [(span(period["start"])[0], span(period["end"])[1] if "end" in period else LAST)]


def date_matches(prefix: str, asked: Range, target: Range) -> bool:
    """The table under #prefix, word by word."""
    contains = asked[0] <= target[0] and target[1] <= asked[1]
    above, below = target[1] > asked[1], target[0] < asked[0]
    return {
        "eq": contains,
        "ne": not contains,
        "gt": above,
        "lt": below,
        "ge": above or contains,
        "le": below or contains,
        "sa": target[0] >= asked[1],
        "eb": target[1] <= asked[0],
    }[prefix or "eq"]


def half(number: str) -> Decimal:
    """Half a unit of the last digit; a single digit with an exponent as the page has ``1e2``."""
    _, digits, exponent = Decimal(number).as_tuple()
    single = "e" in number and "." not in number and len(digits) == 1
    return Decimal(5).scaleb(int(exponent) - 1 - (1 if single else 0))


def amount_matches(prefix: str, number: str, scale: Decimal, value: Decimal) -> bool:
    asked, margin = Decimal(number) * scale, half(number) * scale
    inside = asked - margin <= value < asked + margin
    return {
        "eq": inside,
        "ne": not inside,
        "gt": value > asked,
        "lt": value < asked,
        "ge": value >= asked,
        "le": value <= asked,
        "sa": value > asked,
        "eb": value < asked,
    }[prefix or "eq"]


def quantity_matches(prefix: str, number: str, system: str, unit: str, resource: Resource) -> bool:
    quantity = resource.get("valueQuantity")
    if quantity is None:
        return False
    value = Decimal(repr(quantity["value"]))
    if not unit:
        return amount_matches(prefix, number, Decimal(1), value)
    if not system:
        same = unit == quantity.get("code", quantity.get("unit"))
        return same and amount_matches(prefix, number, Decimal(1), value)
    if quantity.get("system") != UCUM:
        return False
    return amount_matches(prefix, number, UNITS[unit], value * UNITS[quantity["code"]])


def token_matches(system: str | None, code: str, concepts: list[Resource]) -> bool:
    """``system`` is None where no ``|`` was written."""
    return any(
        (not code or coding["code"] == code) and (system is None or coding.get("system", "") == system)
        for concept in concepts
        for coding in concept["coding"]
    )


def folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def string_matches(modifier: str, asked: str, resource: Resource) -> bool:
    if "valueString" not in resource:
        return False
    value = resource["valueString"]
    if modifier == ":exact":
        return value == asked
    return folded(asked) in folded(value) if modifier == ":contains" else folded(value).startswith(folded(asked))


Search = tuple[str, str, Callable[[Resource], bool]]


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", r"\|").replace(",", r"\,").replace("$", r"\$")


@st.composite
def dates(draw: st.DrawFn) -> Search:
    asked = draw(st.lists(st.tuples(st.sampled_from(PREFIXES), st.sampled_from(DAYS)), min_size=1, max_size=2))

    def matches(resource: Resource) -> bool:
        return any(date_matches(prefix, span(day), one) for one in times(resource) for prefix, day in asked)

    return "date", ",".join(prefix + day for prefix, day in asked), matches


@st.composite
def amounts(draw: st.DrawFn) -> Search:
    prefix, number = draw(st.sampled_from(PREFIXES)), draw(st.sampled_from(NUMBERS))
    system, unit = draw(st.sampled_from([("", ""), ("", "mg"), *((UCUM, code) for code in UNITS)]))
    written = f"{prefix}{number}" + (f"|{system}|{unit}" if unit else "")
    return "value-quantity", written, lambda one: quantity_matches(prefix, number, system, unit, one)


@st.composite
def tokens(draw: st.DrawFn) -> Search:
    name = draw(st.sampled_from(("code", "category", "combo-code")))
    element = "category" if name == "category" else "code"
    negative = draw(st.booleans())
    asked: list[tuple[str | None, str]] = draw(
        st.lists(
            st.one_of(
                st.tuples(st.none(), st.sampled_from(CODES)),
                st.tuples(st.sampled_from(("", *SYSTEMS[:2])), st.sampled_from(CODES)),
                st.tuples(st.sampled_from(SYSTEMS[:2]), st.just("")),
            ),
            min_size=1,
            max_size=2,
        )
    )
    written = ",".join(escaped(code) if system is None else f"{system}|{escaped(code)}" for system, code in asked)

    def matches(resource: Resource) -> bool:
        found = resource.get(element, [])
        values = found if isinstance(found, list) else [found]
        return any(token_matches(system, code, values) for system, code in asked) is not negative

    return name + (":not" if negative else ""), written, matches


@st.composite
def strings(draw: st.DrawFn) -> Search:
    modifier = draw(st.sampled_from(("", ":exact", ":contains")))
    asked = draw(st.sampled_from([word for word in WORDS if word] + ["nn", "n", "伟", "%", "_"]))
    return f"value-string{modifier}", escaped(asked), lambda one: string_matches(modifier, asked, one)


@st.composite
def missing(draw: st.DrawFn) -> Search:
    name, elements = draw(
        st.sampled_from(
            [
                ("date", ("effectiveDateTime", "effectivePeriod")),
                ("category", ("category",)),
                ("value-quantity", ("valueQuantity",)),
                ("value-string", ("valueString",)),
            ]
        )
    )
    wanted = draw(st.booleans())

    def matches(resource: Resource) -> bool:
        return any(element in resource for element in elements) is not wanted

    return f"{name}:missing", str(wanted).lower(), matches


searches = st.lists(st.one_of(dates(), amounts(), tokens(), strings(), missing()), min_size=1, max_size=2)


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Resource], list[list[Search]]]:
    """Resources and searches, drawn before the database is asked."""
    resources: list[Resource] = []
    asked: list[list[Search]] = []
    quiet = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))

    @quiet
    @given(observations)
    def draw_resource(resource: Resource) -> None:
        resources.append(resource)

    @settings(quiet, max_examples=500)
    @given(searches)
    def draw_search(search: list[Search]) -> None:
        asked.append(search)

    draw_resource()
    draw_search()
    return [{**resource, "id": f"o{place}"} for place, resource in enumerate(resources)], asked


async def test_random_searches_find_what_the_rules_say(
    database: Database, store: Store, fhir: httpx.AsyncClient, drawn: tuple[list[Resource], list[list[Search]]]
) -> None:
    resources, asked = drawn
    async with database.transaction() as connection:
        await store.put_all(connection, resources, Cause("test"))

    async def check(search: list[Search]) -> bool:
        answer = await fhir.get(
            "/Observation", params=[(name, value) for name, value, _ in search] + [("_count", "1000")]
        )
        assert answer.status_code == 200, answer.text
        found = {entry["resource"]["id"] for entry in answer.json().get("entry", ())}
        expected = {one["id"] for one in resources if all(matches(one) for _, _, matches in search)}
        wrong = [one for one in resources if one["id"] in found ^ expected]
        assert not wrong, (search, wrong)
        return 0 < len(found) < len(resources)

    telling = 0
    for first in range(0, len(asked), 8):
        telling += sum(await asyncio.gather(*(check(one) for one in asked[first : first + 8])))
    assert telling > len(asked) // 4  # searches that find some and not all, so that the comparison says something
