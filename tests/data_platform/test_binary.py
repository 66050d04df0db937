"""Binary resources in the form of what they hold (hl7.org/fhir/R4/binary.html#rest)."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from calling import JSON, bundle, entry, refused

from data_platform.conftest import Serve
from xinglin.data_platform.store import StoreSettings

_PDF = b"%PDF-1.7\x00\xff not really"
_FHIR = {"accept": "application/fhir+json"}


async def stored(fhir: httpx.AsyncClient, content: bytes, kind: str, **headers: str) -> str:
    answer = await fhir.post("/Binary", content=content, headers={"content-type": kind, **headers})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith("/_history/1")
    return f"/Binary/{answer.json()['id']}"


async def test_content_comes_back_as_it_was_sent_with_its_own_type(fhir: httpx.AsyncClient) -> None:
    place = await stored(fhir, _PDF, "application/pdf")
    for accept in ("application/pdf", "*/*", "image/png", "text/html, application/xhtml+xml, */*;q=0.8"):
        answer = await fhir.get(place, headers={"accept": accept})
        assert (answer.status_code, answer.content) == (200, _PDF)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["etag"] == 'W/"1"' and "last-modified" in answer.headers
    assert (await fhir.get(place, headers={"if-none-match": 'W/"1"'})).status_code == 304


async def test_the_resource_comes_where_fhir_is_asked_for(fhir: httpx.AsyncClient) -> None:
    place = await stored(fhir, _PDF, "application/pdf", **{"x-security-context": "Patient/1"})
    ways: tuple[dict[str, Any], ...] = (
        {"headers": _FHIR},
        {"params": {"_format": "json"}, "headers": {"accept": "application/pdf"}},
        {"headers": {"accept": "application/json"}},  # the content is no JSON
    )
    for asked in ways:
        resource = (await fhir.get(place, **asked)).json()
        assert base64.b64decode(resource["data"]) == _PDF
        assert resource["contentType"] == "application/pdf"
        assert resource["securityContext"] == {"reference": "Patient/1"}
    native = await fhir.get(place)
    assert native.headers["x-security-context"] == "Patient/1"
    batch = await fhir.post("/", json=bundle(entry("GET", place[1:]), type_="batch"), headers={"accept": "*/*"})
    assert batch.json()["entry"][0]["resource"]["resourceType"] == "Binary"
    refused(await fhir.get(place, headers={"accept": "application/fhir+xml"}), 406)
    refused(await fhir.get(place, headers={"accept": "application/xml"}), 406)
    refused(await fhir.get(f"{place}?_format=xml"), 406)


async def test_json_that_is_no_binary_is_content_even_when_it_is_fhir(fhir: httpx.AsyncClient) -> None:
    patient = b'{"resourceType":"Patient"}'
    place = await stored(fhir, patient, "application/fhir+json")
    assert (await fhir.get(place)).content == patient
    wrapped = (await fhir.get(place, headers=_FHIR)).json()
    assert (wrapped["resourceType"], wrapped["contentType"]) == ("Binary", "application/fhir+json")
    place = await stored(fhir, b"[1, 2", "application/json")
    assert (await fhir.get(place, headers={"accept": "application/json"})).content == b"[1, 2"
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "YQ=="}
    made = await fhir.post("/Binary", json=binary, headers=JSON)
    assert (await fhir.get(f"/Binary/{made.json()['id']}")).content == b"a"
    refused(await fhir.post("/Binary", content=b"{", headers=JSON), 400)


async def test_an_update_and_its_versions(fhir: httpx.AsyncClient) -> None:
    text = {"content-type": "text/plain; charset=gb18030"}
    first = await fhir.put("/Binary/note", content="一".encode("gb18030"), headers=text)
    second = await fhir.put("/Binary/note", content=b"", headers={**text, "if-match": 'W/"1"'})
    assert (first.status_code, second.status_code) == (201, 200)
    assert (await fhir.get("/Binary/note")).content == b""
    old = await fhir.get("/Binary/note/_history/1")
    assert old.content.decode("gb18030") == "一" and old.headers["content-type"] == text["content-type"]
    refused(await fhir.put("/Binary/note", content=b"x", headers={**text, "if-match": 'W/"1"'}), 412)
    assert (await fhir.delete("/Binary/note")).status_code == 200
    refused(await fhir.get("/Binary/note"), 410)
    refused(await fhir.get("/Binary/note/_history/9"), 404)


async def test_scripts_in_stored_pages_never_run_as_ours(fhir: httpx.AsyncClient) -> None:
    place = await stored(fhir, b"<script>alert(1)</script>", "text/html")
    answer = await fhir.get(place)
    assert answer.headers["content-disposition"] == "attachment"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["text/plain\nset-cookie:a=b", "文本/普通", "a\tb"])
async def test_types_that_no_header_can_carry_are_told_as_bytes(fhir: httpx.AsyncClient, kind: str) -> None:
    binary = {
        "resourceType": "Binary",
        "id": "odd",
        "contentType": kind,
        "data": "YQ==",
        "securityContext": {"reference": f"Patient/{kind}"},
    }
    assert (await fhir.put("/Binary/odd", json=binary)).status_code in (200, 201)
    answer = await fhir.get("/Binary/odd")
    assert answer.content == b"a" and answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers and "x-security-context" not in answer.headers


async def test_content_is_bounded_as_the_resource_that_holds_it(serve: Serve) -> None:
    async with serve(StoreSettings(max_resource_bytes=4000)) as fhir:
        pdf = {"content-type": "application/pdf"}
        assert (await fhir.post("/Binary", content=b"x" * 2900, headers=pdf)).status_code == 201
        refused(await fhir.post("/Binary", content=b"x" * 3100, headers=pdf), 413)
        refused(await fhir.post("/Binary", content=b'{"a":"' + b"x" * 3100 + b'"}', headers=JSON), 400)
        large = b'{"resourceType":"Patient","id":"' + b"x" * 3100 + b'"}'
        refused(await fhir.post("/Binary", content=large, headers=JSON), 413)


async def test_other_interactions_still_speak_json_alone(fhir: httpx.AsyncClient) -> None:
    refused(await fhir.get("/Binary", headers={"accept": "application/pdf"}), 406)
    refused(await fhir.post("/Patient", content=_PDF, headers={"content-type": "application/pdf"}), 415)
    refused(await fhir.get("/Binary/1/_history", headers={"accept": "application/pdf"}), 406)
