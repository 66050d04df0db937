"""Other people's clients, as they are published, each against a running node: create, search, page by page,
transaction, patch, history, delete."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import ResourceNotFound

from nodes import RunningNode

HERE = Path(__file__).parent
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
SEEN = {
    "paged": 5,
    "transaction": ["200", "201"],
    "patched": False,
    "history": ['W/"3"', 'W/"2"', 'W/"1"'],
    "within": 1,
    "refused": 410,
}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "pulse"}}


def patient(system: str, value: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "name": [{"family": "张"}],
        "identifier": [{"system": system, "value": str(value)}],
    }


def transaction(created: dict[str, Any]) -> dict[str, Any]:
    place = f"Patient/{created['id']}"
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"request": {"method": "PUT", "url": place}, "resource": {**created, "active": True}},
            {
                "request": {"method": "POST", "url": "Observation"},
                "resource": {**OBSERVATION, "subject": {"reference": place}},
            },
        ],
    }


@pytest.fixture
def system() -> str:
    """A system of identifiers that nobody else has."""
    return f"urn:clients:{uuid.uuid4().hex}"


async def test_fhirpy_finds_its_way(node: RunningNode, system: str) -> None:
    client = AsyncFHIRClient(f"{node.url}/fhir", authorization=f"Bearer {node.token}")
    made = [client.resource("Patient", **patient(system, value)) for value in range(5)]
    for one in made:
        await one.save()
    found = client.resources("Patient").search(identifier=f"{system}|").limit(2)
    assert {one["id"] async for one in found} == {one["id"] for one in made}
    assert await client.resources("Patient").search(identifier=f"{system}|").count() == 5
    first = made[0]
    answer = await client.execute("", method="POST", data=transaction(first.serialize()))
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["200", "201"]
    await first.refresh()
    assert first["active"] is True and first["meta"]["versionId"] == "2"
    history = await client.execute(f"Patient/{first['id']}/_history", method="GET")
    assert history["total"] == len(history["entry"]) >= 2
    second = client.resource("Patient", **patient(system, 1))
    again, was_made = await client.resources("Patient").search(identifier=f"{system}|1").update(second)
    assert not was_made and again["id"] == made[1]["id"]
    for value, new in ((1, False), (9, True), (9, False)):
        one = client.resource("Patient", **patient(system, value))
        _, was_made = await client.resources("Patient").search(identifier=f"{system}|{value}").get_or_create(one)
        assert was_made is new
    await first.delete()
    with pytest.raises(ResourceNotFound):
        await client.reference("Patient", first["id"]).to_resource()


def test_fhirclient_of_python_finds_its_way(node: RunningNode, system: str) -> None:
    client = FHIRClient({"app_id": "tests", "api_base": f"{node.url}/fhir"})
    server = client.server
    server.session.headers["Authorization"] = f"Bearer {node.token}"
    server.get_capability()
    made = [Patient(patient(system, value)).create(server)["id"] for value in range(5)]
    found = Patient.where({"identifier": f"{system}|", "_count": "2"}).perform_resources_iter(server)
    assert {one.id for one in found} == set(made)
    first = Patient.read(made[0], server)
    answer = Bundle(server.post_json("", transaction(first.as_json())).json())
    assert [entry.response.status[:3] for entry in answer.entry] == ["200", "201"]
    changed = Patient.read(made[0], server)
    assert changed.active is True
    changed.active = False
    assert changed.update(server)["meta"]["versionId"] == "3"
    history = Bundle(server.request_json(f"Patient/{made[0]}/_history"))
    assert [entry.response.etag for entry in history.entry] == SEEN["history"]
    changed.delete()
    with pytest.raises(Exception, match="410") as refusal:
        Patient.read(made[0], server)
    assert not isinstance(refusal.value, FHIRNotFoundException)


@pytest.fixture(scope="module")
def programs() -> Path:
    """The folder of the programs in JavaScript, their packages beside them (``tools/setup --tests``)."""
    if NODE is None or not (HERE / "node_modules").is_dir():
        pytest.skip("Node.js or the packages of tests/clients are absent; run: tools/setup --tests")
    return HERE


@pytest.mark.parametrize("program", ["fhir_kit_client.mjs", "fhirclient.mjs"])
def test_clients_of_javascript_find_their_way(programs: Path, program: str, node: RunningNode, system: str) -> None:
    done = subprocess.run(
        [str(NODE), program, f"{node.url}/fhir", node.token, system],
        cwd=programs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == SEEN
