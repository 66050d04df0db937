"""A search parameter is defined on a whole node: every process knows it soon, and a killed worker loses nothing."""

from __future__ import annotations

import os
import signal
import time
import uuid
from typing import Any

import httpx

from faults.load import client_of, process_of, wait_until
from nodes import RunningNode

_PATIENTS = 6_000
_AT_ONCE = 1_000


def test_a_parameter_is_searched_by_in_every_process_and_its_index_survives_a_killed_worker(node: RunningNode) -> None:
    code = f"c{uuid.uuid4().hex[:12]}"
    url = f"https://example.org/{code}"
    parameter = {
        "resourceType": "SearchParameter",
        "id": code,
        "url": f"{url}/parameter",
        "name": code,
        "status": "active",
        "description": "made by a test",
        "code": code,
        "base": ["Patient"],
        "type": "token",
        "expression": f"Patient.extension.where(url='{url}').value",
    }
    patient = {"resourceType": "Patient", "extension": [{"url": url, "valueCode": "a"}]}
    with client_of(node) as client:
        _create(client, patient, _PATIENTS)
        assert client.put(f"/fhir/SearchParameter/{code}", json=parameter).status_code == 201
        wait_until(lambda: _done(client) > 0, 30)
        os.kill(process_of(node, "worker"), signal.SIGKILL)
        _create(client, patient, 10)
        wait_until(lambda: _is_finished(client), 120)
        for _ in range(20):  # on connections of their own, which the kernel spreads over the web processes
            with client_of(node) as another:
                found = another.get(f"/fhir/Patient?{code}=a&_summary=count", headers={"prefer": "handling=strict"})
                assert found.json().get("total") == _PATIENTS + 10, found.text
        figures = _figures(client)
        assert figures["own_search_parameters"] >= 1 and figures["resources_to_index"] == 0

        assert client.delete(f"/fhir/SearchParameter/{code}").status_code == 200
        time.sleep(2)
        for _ in range(20):
            with client_of(node) as another:
                refused = another.get(f"/fhir/Patient?{code}=a", headers={"prefer": "handling=strict"})
                assert refused.status_code == 400, refused.text


def _create(client: httpx.Client, patient: dict[str, Any], many: int) -> None:
    for start in range(0, many, _AT_ONCE):
        entries = [
            {"resource": patient, "request": {"method": "POST", "url": "Patient"}}
            for _ in range(min(_AT_ONCE, many - start))
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        assert client.post("/fhir", json=bundle, timeout=60).status_code == 200


def _done(client: httpx.Client) -> float:
    told = client.get("/fhir/$reindex").json()["parameter"]
    types = [{part["name"]: part for part in one["part"]} for one in told if one["name"] == "type"]
    return max((one["done"]["valueDecimal"] for one in types), default=0)


def _is_finished(client: httpx.Client) -> bool:
    told = client.get("/fhir/$reindex")
    return told.status_code == 200 and bool(told.json()["parameter"][0]["valueBoolean"])


def _figures(client: httpx.Client) -> dict[str, Any]:
    parts = client.get("/api/health").json()["parts"]
    return next(dict(part["figures"]) for part in parts if part["name"] == "store")
