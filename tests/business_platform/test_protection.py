"""One caller cannot take the node from the others, guessing is slow, and other sites' pages can do nothing here."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nodes import RunningNode
from xinglin.business_platform.access import ProtectionSettings, Throttle
from xinglin.business_platform.access.protection import Bucket, Buckets, cost_of
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal


class MovableClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        raise AssertionError("limits rest on a clock that never steps back")

    def monotonic_seconds(self) -> float:
        return self.seconds


def test_a_bucket_gives_its_quota_at_once_and_refills_evenly() -> None:
    bucket = Bucket(60, 0.0)
    assert bucket.take(60, 0.0)
    assert not bucket.take(1, 0.5)
    assert bucket.take(1, 1.0)
    assert bucket.seconds_until(30, 1.0) == 30
    assert bucket.allowance(31.0).remaining == 30
    assert bucket.allowance(31.0).reset_seconds == 30


def test_what_costs_more_than_a_whole_quota_goes_through_a_full_bucket_and_is_paid_off() -> None:
    bucket = Bucket(60, 0.0)
    assert bucket.take(90, 0.0)
    assert not bucket.take(1, 30.0)
    assert bucket.take(1, 31.0)


def test_buckets_that_are_full_again_are_forgotten_and_the_rest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xinglin.business_platform.access.protection.bucket._MOST_BUCKETS", 100)
    clock = MovableClock()
    buckets = Buckets(60, clock.monotonic_seconds)
    buckets.of("greedy").take(60, 0.0)
    for n in range(150):
        buckets.of(str(n))
    assert not buckets.of("greedy").take(1, 0.0)


@pytest.mark.parametrize(
    ("method", "route", "query", "size", "cost"),
    [
        ("GET", "/fhir/{type}/{id}", b"", 0, 1),
        ("GET", "/fhir/{type}", b"name=x", 0, 3),
        ("GET", "/fhir/{type}", b"_include=a&_revinclude=b", 0, 7),
        ("GET", "/fhir/{type}", b"subject:Patient.name=x", 0, 5),
        ("POST", "/fhir/{type}/_search", b"", 0, 3),
        ("GET", "/fhir/{type}/{id}/_history", b"", 0, 3),
        ("POST", "/fhir/{type}", b"", 500, 2),
        ("DELETE", "/fhir/{type}/{id}", b"", 0, 2),
        ("POST", "/fhir", b"", 1_000_000, 110),
        ("POST", "/fhir", b"", 10**12, 1000),
        ("GET", "/fhir/{type}/{id}/$everything", b"", 0, 20),
        ("GET", "/api/board", b"", 0, 1),
        ("POST", "/api/messages/rerun", b"", 0, 2),
    ],
)
def test_a_request_costs_what_it_is_worth(method: str, route: str, query: bytes, size: int, cost: int) -> None:
    assert cost_of(method, route, query, size) == cost


def scope_of(**more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": "/fhir/Patient/1",
        "query_string": b"",
        "headers": [],
        "client": ("10.0.0.7", 1),
        **more,
    }


def speak(request: Request, error: XinglinError) -> Response:
    return PlainTextResponse(error.english, error.category.http_status)


async def asked(application: Any, scope: dict[str, Any]) -> dict[str, Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await application(scope, receive, send)
    return {"status": sent[0]["status"], **{name.decode(): value.decode() for name, value in sent[0]["headers"]}}


async def test_a_person_who_has_used_up_the_minute_waits_and_another_does_not() -> None:
    clock = MovableClock()
    throttle = Throttle(ProtectionSettings(person_units_a_minute=6), clock)
    route = throttle.limited(PlainTextResponse("ok"), "/fhir/{type}/{id}")
    application = throttle.slowing_strangers(route, speak)

    def of(name: str) -> dict[str, Any]:
        return scope_of(**{"xinglin.principal": Principal(name, name, "user", name)})

    for left in range(5, -1, -1):
        answer = await asked(application, of("a"))
        assert answer["ratelimit"].startswith(f'"minute";r={left};t=')
        assert answer["ratelimit-policy"] == '"minute";q=6;w=60;qu="units"'
    with pytest.raises(XinglinError) as refused:
        await asked(application, of("a"))
    assert (refused.value.category, refused.value.retry_after_seconds) == (Category.BUSY, 10)
    assert (await asked(application, of("b")))["status"] == 200
    clock.seconds += 10
    assert (await asked(application, of("a")))["status"] == 200


async def test_an_address_that_guesses_is_slowed_and_learns_nothing_while_others_are_served() -> None:
    clock = MovableClock()
    throttle = Throttle(ProtectionSettings(failures_a_minute=100), clock)
    application = throttle.slowing_strangers(PlainTextResponse("no", 401), speak)
    guess = scope_of(headers=[(b"authorization", b"Bearer guess")])
    statuses = [(await asked(application, {**guess}))["status"] for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert (await asked(application, scope_of()))["status"] == 429
    known = throttle.slowing_strangers(PlainTextResponse("ok"), speak)
    assert (await asked(known, {**guess}))["status"] == 200, "whoever brings a good secret is let in"
    assert (await asked(known, scope_of(path="/sign-in")))["status"] == 200, "pages are for everybody"
    assert (await asked(application, scope_of(client=("10.0.0.8", 1))))["status"] == 401
    clock.seconds += 6
    assert (await asked(application, {**guess}))["status"] == 401


def test_a_node_tells_a_program_what_is_left_and_limits_it_in_fhirs_own_form(node: RunningNode) -> None:
    answer = httpx.get(f"{node.url}/fhir/Patient", headers={"authorization": f"Bearer {node.token}"})
    assert answer.headers["ratelimit-policy"] == '"minute";q=6000000;w=60;qu="units"'
    assert answer.headers["ratelimit"].startswith('"minute";r=')


def test_every_answer_carries_the_headers_that_owasp_asks_for(node: RunningNode) -> None:
    for path in ("/", "/sign-in", "/health", "/fhir/metadata", "/fhir/Patient", "/api/board", "/assets/none.js"):
        headers = httpx.get(f"{node.url}{path}").headers
        policy = headers["content-security-policy"]
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "server" not in headers
        assert "strict-transport-security" not in headers, "over http it would shut the demo out"


def test_only_pages_of_visits_that_may_be_online_may_use_camera_and_microphone(node: RunningNode) -> None:
    for path in ("/online/visit-1", "/rooms/visit-1"):
        policy = httpx.get(f"{node.url}{path}").headers.get_list("permissions-policy")
        assert len(policy) == 1 and policy[0].startswith("camera=(self), microphone=(self), geolocation=()")
    for path in (
        "/online",
        "/rooms",
        "/patients/1",
        "/virtual-doctor",
        "/api/online-visits/visit-1",
        "/xonline/visit-1",
    ):
        policy = httpx.get(f"{node.url}{path}").headers.get_list("permissions-policy")
        assert len(policy) == 1 and policy[0].startswith("camera=(), microphone=()")


def test_each_page_has_a_nonce_of_its_own(node: RunningNode) -> None:
    policies = {httpx.get(f"{node.url}/sign-in").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3
    page = httpx.get(f"{node.url}/sign-in")
    nonce = page.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert f'content="{nonce}"' in page.text


@pytest.fixture(scope="module")
def signed_in(node: RunningNode) -> httpx.Client:
    client = httpx.Client(base_url=node.url, timeout=30)
    client.post("/api/session", json={"token": node.link().split("#")[1]}).raise_for_status()
    return client


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"},
    ],
    ids=["no origin", "other origin", "null origin", "cross-site", "same-site", "typed address", "a form"],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/fhir/Patient"), ("DELETE", "/api/session"), ("POST", "/fhir")])
def test_a_cookie_changes_nothing_from_another_sites_page(
    signed_in: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    answer = signed_in.request(method, path, headers=headers, content=b"{}")
    assert answer.status_code == 403, answer.text
    assert signed_in.get("/api/session").status_code == 200


@pytest.mark.parametrize("path", ["/fhir/Binary", "/fhir/Patient"])
def test_an_upload_beyond_its_bound_is_refused_before_it_is_read(node: RunningNode, path: str) -> None:
    def endless() -> Any:
        for _ in range(64):
            yield b" " * 2**20

    headers = {"authorization": f"Bearer {node.token}", "content-type": "application/fhir+json"}
    try:
        answer = httpx.post(f"{node.url}{path}", content=endless(), headers=headers, timeout=60)
    except httpx.WriteError:  # the node may end the connection while the rest is still on its way
        return
    assert answer.status_code == 413
