"""Clients that send transactions and note what the node said of each: the ledger that is later held against its rows."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from faults.load import client_of
from nodes import RunningNode

MARK = "urn:bundle"
POOL, SHARED = "urn:pool", "urn:shared"
MANY_POOLED, MANY_SHARED = 40, 6
PARTS = {"Encounter": 1, "Observation": 3, "Patient": 1}
"""What each bundle leaves that bears its mark; the patient whom it makes where there is none belongs to all."""

_MAY_REFUSE = (409, 429, 503, 507)
_PAUSE_SECONDS = 0.01
_CODE = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
Place = tuple[str, str, int]


@dataclass
class Ledger:
    """Every bundle that was sent, by its mark: where its parts lie if it was acknowledged, None if it was not."""

    node: RunningNode
    sent: dict[str, list[Place] | None] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)
    many_acknowledged: int = 0
    newest_success: float = 0.0
    """When the newest request was sent that was acknowledged, by the monotonic clock."""

    _noting: threading.Lock = field(default_factory=threading.Lock)

    def acknowledged(self) -> dict[str, list[Place]]:
        """For when nobody sends."""
        return {mark: places for mark, places in self.sent.items() if places is not None}

    def prepare(self) -> None:
        """The patients whom all bundles change."""
        with client_of(self.node) as client:
            for number in range(MANY_SHARED):
                client.put(f"/fhir/Patient/shared-{number}", json=_shared(number, None)).raise_for_status()

    def send_one(self, client: httpx.Client, writer: int) -> None:
        mark = uuid.uuid4().hex
        began = time.monotonic()
        with self._noting:
            self.sent[mark] = None
        try:
            answer = client.post("/fhir", json=transaction(mark, writer))
        except httpx.TransportError:
            return
        if answer.status_code == 200:
            places = [_place(one["response"]["location"]) for one in answer.json()["entry"][1:]]
            with self._noting:
                self.sent[mark] = places
                self.many_acknowledged += 1
                self.newest_success = max(self.newest_success, began)
        elif answer.status_code not in _MAY_REFUSE:
            self.defects.append(f"{answer.status_code} {answer.text}")


@contextmanager
def sending(ledger: Ledger, clients: int) -> Iterator[None]:
    """``clients`` send one bundle after another for as long as the block lasts."""
    over = threading.Event()

    def send(writer: int) -> None:
        with client_of(ledger.node) as client:
            while not over.is_set():
                ledger.send_one(client, writer)
                time.sleep(_PAUSE_SECONDS)

    threads = [threading.Thread(target=send, args=(writer,)) for writer in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)


def transaction(mark: str, writer: int) -> dict[str, Any]:
    """A visit: a patient made where there is none yet, what was seen, and two resources that others change as well,
    one by its id and one by a condition."""
    pooled, shared = random.randrange(MANY_POOLED), random.randrange(MANY_SHARED)
    person, visit = f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    known = {"resourceType": "Patient", "identifier": [_identifier(POOL, str(pooled))]}
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "identifier": [_identifier(MARK, mark)],
        "subject": {"reference": person},
    }
    latest = _observation(mark, f"Patient?identifier={SHARED}|{shared}", writer)
    latest["identifier"].append(_identifier("urn:latest", str(writer)))
    entries = [
        _entry("POST", "Patient", known, person, ifNoneExist=f"identifier={POOL}|{pooled}"),
        _entry("POST", "Encounter", encounter, visit),
        _entry("POST", "Observation", {**_observation(mark, person, 1), "encounter": {"reference": visit}}),
        _entry("POST", "Observation", _observation(mark, f"Patient?identifier={SHARED}|{shared}", 2)),
        _entry("PUT", f"Patient/shared-{shared}", _shared(shared, mark)),
        _entry("PUT", f"Observation?identifier=urn:latest|{writer}", latest),
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _shared(number: int, mark: str | None) -> dict[str, Any]:
    marks = [_identifier(MARK, mark)] if mark else []
    return {
        "resourceType": "Patient",
        "id": f"shared-{number}",
        "identifier": [_identifier(SHARED, str(number)), *marks],
        "name": [{"family": "欧阳", "text": f"欧阳 {mark}"}],
        "birthDate": "1958-03-11",
    }


def _observation(mark: str, subject: str, value: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "identifier": [_identifier(MARK, mark)],
        "status": "final",
        "code": _CODE,
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-11-22T08:00:00+08:00",
        "valueQuantity": {"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
    }


def _identifier(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


def _entry(method: str, url: str, resource: dict[str, Any], full_url: str = "", **further: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **further}, "resource": resource}
    if full_url:
        made["fullUrl"] = full_url
    return made


def _place(location: str) -> Place:
    type_, id_, _, version = location.split("/")[-4:]
    return type_, id_, int(version)
