"""The running node's front: everything is behind the guard, and errors speak the protocol of the path."""

from __future__ import annotations

import http.client
import json

import httpx
import pytest

import external
from nodes import RunningNode


@pytest.fixture
def client(node: RunningNode) -> httpx.Client:
    return httpx.Client(base_url=node.url, timeout=30)


def signed_in(node: RunningNode) -> httpx.Client:
    client = httpx.Client(base_url=node.url, timeout=30, headers={"Origin": node.url})
    client.post("/api/session", json={"token": node.link().split("#")[1]}).raise_for_status()
    return client


@pytest.mark.parametrize("path", ["/api/session", "/api/health", "/api/live", "/api/access/sessions"])
def test_nothing_is_told_without_signing_in(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_whether_the_node_lives_is_told_to_anybody_and_nothing_else(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}


def test_a_sign_in_link_opens_a_session_in_a_cookie_that_scripts_cannot_read(node: RunningNode) -> None:
    client = signed_in(node)
    cookie = next(iter(client.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert client.get("/api/session").json()["kind"] == "user"
    assert client.delete("/api/session").status_code == 204
    assert httpx.get(f"{node.url}/api/session", cookies=dict(client.cookies)).status_code == 401


def test_a_used_link_says_what_to_do_in_the_readers_language(node: RunningNode) -> None:
    secret = node.link().split("#")[1]
    httpx.post(f"{node.url}/api/session", json={"token": secret}).raise_for_status()
    again = httpx.post(f"{node.url}/api/session", json={"token": secret}, headers={"accept-language": "zh-CN"})
    assert again.status_code == 401
    assert "登录链接" in again.json()["title"]


def test_another_sites_page_cannot_make_changes_with_the_cookie(node: RunningNode) -> None:
    client = signed_in(node)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/api/access/links", json={"name": "x"}, headers=headers).status_code == 403


def test_a_program_cannot_let_others_in(node: RunningNode) -> None:
    answer = httpx.post(
        f"{node.url}/api/access/links", json={"name": "x"}, headers={"authorization": f"Bearer {node.token}"}
    )
    assert answer.status_code == 403


def test_a_further_device_gets_a_link_and_a_code_of_its_own(node: RunningNode) -> None:
    client = signed_in(node)
    link = client.post("/api/access/links", json={"name": "ward tablet"}).json()
    assert link["qr_svg"].startswith("<svg")
    tablet = httpx.post(f"{node.url}/api/session", json={"token": link["url"].split("#")[1]})
    assert (tablet.json()["name"], tablet.json()["kind"]) == ("ward tablet", "device")
    names = [session["name"] for session in client.get("/api/access/sessions").json()["sessions"]]
    assert "ward tablet" in names


def test_pages_carry_the_headers_that_keep_scripts_of_others_out(client: httpx.Client) -> None:
    headers = client.get("/health").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_an_unknown_fhir_path_is_answered_as_an_operation_outcome(client: httpx.Client) -> None:
    answer = client.get("/fhir/nothing/here/at/all/ever")
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.status_code in (401, 404)


def test_health_lists_every_part_of_the_node(node: RunningNode) -> None:
    health = signed_in(node).get("/api/health").json()
    embedded = ({"nats"} if not external.BUS_URL else set()) | ({"postgres"} if not external.DATABASE_URL else set())
    expected = {"web-1", "gateway", "worker", "mapper", "database", "bus"} | embedded
    assert expected <= {part["name"] for part in health["parts"]}
    assert health["status"] == "ok", health
    gateway = next(part for part in health["parts"] if part["name"] == "gateway")
    assert gateway["figures"].keys() >= {"refused", "truncated", "restarts"}


def test_a_body_of_100_megabytes_is_refused_before_it_is_read_and_others_are_unharmed(node: RunningNode) -> None:
    host, port = node.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.putrequest("POST", "/fhir")
    connection.putheader("Authorization", f"Bearer {node.token}")
    connection.putheader("Content-Type", "application/fhir+json")
    connection.putheader("Content-Length", str(100 * 10**6))
    connection.endheaders()
    connection.send(b'{"resourceType":"Bundle","padding":"' + b"x" * 2**20)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["resourceType"] == "OperationOutcome"
    connection.close()
    metadata = httpx.get(f"{node.url}/fhir/metadata", headers={"authorization": f"Bearer {node.token}"}, timeout=30)
    assert metadata.json()["resourceType"] == "CapabilityStatement"
