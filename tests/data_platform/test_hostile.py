"""What an attacker writes is data: through each parameter of each type, each control, each header and each part of a
URL, nothing breaks (no 5xx), nothing becomes text of a statement, and nothing is changed that was not asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from calling import JSON, PATIENT, bundle, created, entry

from xinglin.data_platform import search
from xinglin.data_platform.fhir import resource_types
from xinglin.data_platform.search import Circumstances, Parameter
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

_MARK = "Zq9x"
"""Stands in every hostile text; a statement that has it was written by the caller."""
HOSTILE = (
    f"{_MARK}'; DROP TABLE resource; --",
    f"{_MARK}' OR '1'='1",
    f"{_MARK}') UNION SELECT key, type FROM resource_token --",
    f"1||pg_sleep(9)||{_MARK}",
    f'{_MARK}"]) ? (1==1) $.** "',
    f"{_MARK}\\' \\\" \\, \\| \\$ \\",
    f"$1 $2 $$ {_MARK} $tag$",
    f"%{_MARK}_%%(a+)+$[^",
    f"{_MARK}\x00\x1e\x1f\x7f",
    f"{_MARK}\ud7ff\ufffe\u202e😀",
    f"{_MARK}{{}}{{0}}%s%(x)s${{jndi:ldap://x}}",
    f"{_MARK},|$|,|{_MARK}$$,",
    f"../../{_MARK}/..%2f?#",
    f"{_MARK}" * 400,
    f"ge{_MARK}",
    f"1e999|{_MARK}|{_MARK}",
    f"99999999999999999999-01-01T{_MARK}",
    f"Patient/{_MARK}/_history/1",
    f"31|121|1e9|{_MARK}",
)
OF_KIND = {
    "string": ("exact", "contains"),
    "token": ("not", "text", "in", "not-in", "above", "below", "of-type"),
    "reference": ("identifier", "text", "above", "below", "Patient"),
    "uri": ("above", "below"),
}
CONTROLS = (
    *("_sort", "_count", "_total", "_summary", "_elements", "_include", "_include:iterate", "_revinclude", "_filter"),
    *("_text", "_content", "_list", "_query", "_contained", "_containedType", "_cursor", "_type", "_format", "_pretty"),
    *("_has:Observation:patient:code", "_has:Observation:patient:_has:AuditEvent:entity:agent", "_since", "_at"),
    *("general-practitioner:Practitioner.name", "organization.partof.name:contains", "_security", "_score"),
)
FILTERS = (
    "name eq {0}",
    'name co "{0}"',
    "birthdate ge {0}",
    "{0} eq 1",
    "not ({0})",
    "name {0} 1",
    "organization[{0}].name eq 1",
    "identifier in {0}",
)
HEADERS = (
    *("accept", "accept-language", "content-type", "cookie", "forwarded", "host", "if-match", "if-modified-since"),
    *("if-none-exist", "if-none-match", "prefer", "x-forwarded-host", "x-request-id", "x-security-context"),
)
_AT = Circumstances("http://node/fhir", datetime(2026, 11, 23, tzinfo=UTC), {})


def everything() -> Iterator[tuple[str, Parameter, str, str]]:
    """Each parameter of each type with each hostile text, and with each modifier that its kind has."""
    for type_ in sorted(resource_types()):
        for code, parameter in search.parameters(type_).items():
            yield from ((type_, parameter, code, text) for text in HOSTILE)
            for place, modifier in enumerate(("missing", _MARK, *OF_KIND.get(parameter.type, ()))):
                yield type_, parameter, f"{code}:{modifier}", HOSTILE[place % len(HOSTILE)]
                yield type_, parameter, f"{code}:{modifier}", HOSTILE[(place + 7) % len(HOSTILE)]


def test_no_text_of_a_caller_stands_in_a_statement() -> None:
    many = 0
    for type_, _, name, text in everything():
        many += 1
        try:
            request = search.read(type_, [(name, text)])
            terms = {one: [(text, text)] for each in request.criteria for one in search.by_terminology(each)}
            statements = list(search.page(request, Circumstances(_AT.own_base, _AT.now, terms)))
        except XinglinError as error:
            assert error.category is Category.INVALID, (type_, name, text)
            continue
        assert all(_MARK not in one.text for one in statements), (type_, name, text)
    assert many > 40_000


@pytest.fixture
async def canary(fhir: httpx.AsyncClient, database: Database) -> str:
    """A patient that no request of these tests may change; what is there is counted."""
    return await created(fhir, {**PATIENT, "id": "canary", "name": [{"family": "金丝雀", "text": f"{_MARK} canary"}]})


async def counted(database: Database) -> dict[str, int]:
    tables = ("resource", "resource_history", "resource_token", "search_date", "search_string", "search_quantity")
    async with database.connection() as connection:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def test_each_kind_of_parameter_meets_the_real_database(
    fhir: httpx.AsyncClient, database: Database, canary: str
) -> None:
    """One parameter of each kind, of each set of value types and with each modifier; each with every text."""
    before = await counted(database)
    seen: dict[Any, tuple[str, str]] = {}
    for type_, parameter, name, _ in everything():
        kind = (parameter.type, parameter.kinds, name.partition(":")[2], parameter.code in ("_id", "_list", "near"))
        seen.setdefault(kind, (type_, name))
    assert len(seen) > 100
    for at, (type_, name) in enumerate(seen.values()):
        for text in HOSTILE[at % 3 :: 3]:
            await _harmless(fhir, "GET", f"/{type_}?{quote(name)}={quote(text)}", {200, 400})
    assert await counted(database) == before


@pytest.mark.torture
async def test_each_parameter_of_each_type_meets_the_real_database(
    fhir: httpx.AsyncClient, database: Database, canary: str
) -> None:
    before = await counted(database)
    for at, (type_, _, name, text) in enumerate(everything()):
        if at % 5 == 0:
            await _harmless(fhir, "GET", f"/{type_}?{quote(name)}={quote(text)}", {200, 400})
    assert await counted(database) == before


async def test_each_control_meets_the_real_database(fhir: httpx.AsyncClient, database: Database, canary: str) -> None:
    before = await counted(database)
    places = ("/Patient", "/", "/_history", "/Patient/_history", f"/{canary}/_history", f"/{canary}/Observation")
    for turn, text in enumerate(HOSTILE):
        for at, name in enumerate(CONTROLS):
            for place in ("/Patient", places[(turn + at) % len(places)]):
                await _harmless(fhir, "GET", f"{place}?{quote(name)}={quote(text)}", {200, 400, 404, 406})
        for pattern in FILTERS:
            await _harmless(fhir, "GET", f"/Patient?_filter={quote(pattern.format(text))}", {200, 400})
        form = f"name={quote(text)}&{quote(text)}=1"
        kind = {"content-type": "application/x-www-form-urlencoded"}
        await _harmless(fhir, "POST", "/Patient/_search", {200, 400}, content=form, headers=kind)
        await _harmless(fhir, "GET", f"/Patient?{quote(text)}={quote(text)}", {200, 400})
    assert await counted(database) == before


async def test_each_part_of_a_url_meets_the_real_database(
    fhir: httpx.AsyncClient, database: Database, canary: str
) -> None:
    before = await counted(database)
    for text in HOSTILE:
        part = quote(text, safe="")
        for path in (
            *(f"/{part}", f"/{part}/1", f"/Patient/{part}", f"/{canary}/_history/{part}", f"/{canary}/{part}"),
            *(f"/{part}/1/Observation", f"/Patient/{part}/Observation", f"/Patient/{part}/$everything"),
            *(f"/{canary}/$everything?_type={part}&start={part}", f"/$reindex?type={part}", f"/Binary/{part}"),
        ):
            await _harmless(fhir, "GET", path, {200, 307, 400, 404, 405})
        for method in ("PUT", "DELETE", "PATCH"):
            await _harmless(fhir, method, f"/Patient/{part}", {200, 400, 404, 405, 415}, content=b"[]", headers=_PATCH)
        await _harmless(fhir, "DELETE", f"/Patient?name={part}", {200, 204, 400, 412})
        await _harmless(fhir, "DELETE", f"/Patient?{part}={part}", {400})
    after = await counted(database)
    assert after["resource"] == before["resource"]
    assert (await fhir.get(f"/{canary}")).status_code == 200


async def test_each_header_meets_every_interaction(fhir: httpx.AsyncClient, database: Database, canary: str) -> None:
    """Headers hold bytes of Latin-1; what only a raw socket could send is the server's business."""
    place = await created(fhir, PATIENT)
    for turn, text in enumerate(HOSTILE):
        value = "".join(one if " " <= one < "\x7f" or "\xa0" <= one <= "\xff" else "\xe9" for one in text)[:4000]
        for name in HEADERS[turn % 2 :: 2]:
            header = {name: value.encode("latin-1")}
            expected = {200, 201, 204, 304, 400, 404, 406, 412, 415}
            await _harmless(fhir, "GET", f"/{place}", expected, headers=header)
            await _harmless(fhir, "GET", f"/Patient?_id={place[8:]}", expected, headers=header)
            body = json.dumps(PATIENT)
            await _harmless(fhir, "POST", "/Patient", expected, content=body, headers={**JSON, **header})
            own = json.dumps({**PATIENT, "id": place[8:]})
            await _harmless(fhir, "PUT", f"/{place}", expected, content=own, headers={**JSON, **header})
            await _harmless(fhir, "PATCH", f"/{place}", expected, content=b"[]", headers={**_PATCH, **header})
            await _harmless(fhir, "POST", "/Binary", expected, content=b"x", headers={"content-type": "a/b", **header})
            await _harmless(fhir, "DELETE", "/Patient/nobody", expected, headers=header)
    assert (await fhir.get(f"/{canary}")).json()["meta"]["versionId"] == "1"


async def test_texts_in_bundles_and_patches_are_data(fhir: httpx.AsyncClient, database: Database, canary: str) -> None:
    place = await created(fhir, PATIENT)
    for text in HOSTILE:
        for one in (
            entry("GET", f"Patient?name={text}"),
            entry("GET", text),
            entry("DELETE", f"Patient?name={text}"),
            entry("PUT", f"Patient/{text}", PATIENT),
            entry("POST", "Patient", PATIENT, ifNoneExist=f"name={text}"),
            entry("POST", text, PATIENT),
            entry("PUT", place, {**PATIENT, "id": place[8:]}, ifMatch=text),
            entry(text, place),
        ):
            for type_ in ("batch", "transaction"):
                await _harmless(fhir, "POST", "/", {200, 400, 404, 412, 422}, json=bundle(one, type_=type_))
        path = [{"op": "replace", "path": f"/{text}", "value": text}, {"op": "test", "path": text, "value": 1}]
        for operation in path:
            content = json.dumps([operation]).encode()
            await _harmless(fhir, "PATCH", f"/{place}", {400, 422}, content=content, headers=_PATCH)
    assert (await fhir.get(f"/{canary}")).json()["meta"]["versionId"] == "1"


_PATCH = {"content-type": "application/json-patch+json"}


async def _harmless(fhir: httpx.AsyncClient, method: str, url: str, expected: set[int], **sent: Any) -> None:
    """The request is answered with one of ``expected``; anything unforeseen would be raised here by itself."""
    answer = await fhir.request(method, url, **sent)
    assert answer.status_code in expected, (method, url, sent, answer.status_code, answer.text[:500])
