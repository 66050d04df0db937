"""What the rules cost: decisions a second, and reads and searches by a physician, whom the rules show the patients in her
care, beside the same requests by a program that may see all, for which no condition is made.

    python benchmarks/access.py [--seconds 3] [--rounds 3] [--json]

The two take turns, so that a machine that grows slower is slower for both; figures are medians of the rounds. Bars: a read
costs less than 10 % more, a search less than 15 %. The audit trail notes both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import wrk
from fhir import CONNECTIONS, five_searches, fresh, post_all, sampled
from node import SHARED, Node
from xinglin.business_platform.access.policy.category import CATEGORIES
from xinglin.business_platform.access.policy.facts import FACTS
from xinglin.business_platform.access.policy.filter import combinations
from xinglin.business_platform.access.policy.law import shipped

_PRACTITIONER = "bench-physician"
_PASSWORD = "wards-at-night-are-long-27"
_SEARCHES = ("patient_code_date", "chained", "include")
"""Those of the five that ask for records; the other two are of directories and lists."""


class Person:
    """Somebody at a page of the node."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookie = ""

    def send(self, path: str, body: Mapping[str, Any], method: str = "POST") -> Any:
        """The answer to what a page sends."""
        headers = {"content-type": "application/json", "cookie": self._cookie, "sec-fetch-site": "same-origin"}
        request = urllib.request.Request(f"{self._url}{path}", json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            for name, given in SimpleCookie(answer.headers.get("set-cookie", "")).items():
                self._cookie = f"{name}={given.value}"
            text = answer.read()
        return json.loads(text) if text else None

    def enter(self, link: str) -> None:
        self.send("/api/session", {"token": link.rpartition("#")[2].split()[0]})

    @property
    def secret(self) -> str:
        """That of the session, which is a bearer token too."""
        return self._cookie.partition("=")[2]


def physician(node: Node) -> str:
    """A bearer token of a new physician's session."""
    console, invited = Person(node.url), Person(node.url)
    console.enter(node.command("link"))
    account = {"name": "Bench", "login": "bench", "practitioner": _PRACTITIONER, "memberships": [{"role": "physician"}]}
    invited.enter(console.send("/api/access/accounts", account)["invitation"]["url"])
    invited.send("/api/access/password", {"password": _PASSWORD}, "PUT")
    invited.send("/api/sign-in/password", {"login": "bench", "password": _PASSWORD})
    return invited.secret


def take_into_care(node: Node, patients: list[dict[str, Any]]) -> None:
    """Every patient has a visit with the physician that is under way."""
    practitioner = {"resourceType": "Practitioner", "id": _PRACTITIONER}
    visits = [
        {
            "resourceType": "Encounter",
            "id": f"bench-{one['id']}",
            "status": "in-progress",
            "class": {"code": "AMB"},
            "subject": {"reference": f"Patient/{one['id']}"},
            "participant": [{"individual": {"reference": f"Practitioner/{_PRACTITIONER}"}}],
        }
        for one in patients
    ]
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in [practitioner, *visits]
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    post_all(node, [json.dumps(bundle).encode()], 1)


def decisions() -> dict[str, float]:
    """Decisions a second: asked of Cedar in batches, as for a filter; and those that are remembered."""
    law, roles = shipped(), frozenset({"physician"})
    records = [{"category": CATEGORIES[0], **dict(zip(FACTS, values, strict=True))} for values in combinations()]
    began, many = time.perf_counter(), 0
    while time.perf_counter() - began < 2:
        many += len(law.of_records(roles, "see", records, "treatment"))
    asked = many / (time.perf_counter() - began)
    law.of_service(roles, "store.read", "treatment")
    began, many = time.perf_counter(), 200_000
    for _ in range(many):
        law.of_service(roles, "store.read", "treatment")
    return {"asked_per_second": round(asked), "remembered_per_second": round(many / (time.perf_counter() - began))}


def compared(node: Node, token: str, paths: list[str], seconds: int, rounds: int) -> dict[str, float]:
    """Requests a second without rules' conditions and with them, and how much longer one takes with them."""
    wrk.ask(node.url, token, 1, paths)  # the first request of a role works its conditions out
    without, with_ = [], []
    for _ in range(rounds):
        without.append(wrk.ask(node.url, node.token, seconds, paths)["per_second"])
        with_.append(wrk.ask(node.url, token, seconds, paths)["per_second"])
    costs = [fast / slow - 1 for fast, slow in zip(without, with_, strict=True)]
    return {
        "without_per_second": round(statistics.median(without)),
        "with_per_second": round(statistics.median(with_)),
        "cost_percent": round(statistics.median(costs) * 100, 1),
    }


def measure(node: Node, data: Path, seconds: int, rounds: int) -> dict[str, Any]:
    files = sorted((data / "synthea_r4").glob("*.json.gz"), key=lambda file: not file.name.startswith("hospital"))
    post_all(node, [fresh(gzip.decompress(file.read_bytes())) for file in files], CONNECTIONS)
    patients, observations = (asyncio.run(sampled(node.owner_url, type_)) for type_ in ("Patient", "Observation"))
    take_into_care(node, patients)
    token = physician(node)
    paths = {"read": [f"/fhir/Observation/{one['id']}" for one in observations]}
    paths |= {name: found for name, found in five_searches(patients, observations).items() if name in _SEARCHES}
    found: dict[str, Any] = {"decisions": decisions()}
    for name, asked in paths.items():
        found[name] = compared(node, token, asked, seconds, rounds)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=int, default=3, help="length of each request test")
    asked.add_argument("--rounds", type=int, default=3, help="how often the two take turns")
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    asked.add_argument("--data", type=Path, default=SHARED / "data", help="the shared data folder")
    words = asked.parse_args()
    if not (words.data / "synthea_r4").is_dir():
        sys.exit(f"{words.data} has no synthea_r4; set XINGLIN_SHARED or --data")
    os.environ["XINGLIN_PROTECTION_PERSON_UNITS_A_MINUTE"] = "0"  # wrk asks more than any person does
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        node = Node(Path(folder) / "data")
        try:
            found = measure(node, words.data, words.seconds, words.rounds)
        finally:
            node.stop()
    if words.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name:20} " + "  ".join(f"{key} {value:,}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
