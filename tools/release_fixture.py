"""Makes the small backup by which later releases prove that they open this one's data folder.

Writes ``tests/server/releases/<release>.backup`` and, beside it as ``.json``, the resources that it must still hold.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from xinglin import __version__

ROOT = Path(__file__).resolve().parents[1]
RELEASES = ROOT / "tests" / "server" / "releases"
PATIENT = "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
RESOURCES: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "identifier": [{"system": "https://xinglin.health/id/patient", "value": "R0001"}],
        "name": [{"text": "王秀英", "family": "王", "given": ["秀英"]}],
        "gender": "female",
        "birthDate": "1949-10-01",
    },
    {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": PATIENT},
        "period": {"start": "2026-11-20T08:30:00+08:00"},
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "钾"},
        "subject": {"reference": PATIENT},
        "effectiveDateTime": "2026-11-21T06:15:00+08:00",
        "valueQuantity": {"value": 6.8, "unit": "mmol/L"},
    },
]


def main() -> None:
    """Start a node, write, back it up."""
    RELEASES.mkdir(exist_ok=True)
    target = RELEASES / f"{__version__}.backup"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / "data"
        node = subprocess.Popen(xinglin("up", data), stdout=subprocess.DEVNULL)
        try:
            token = wait_for_token(data)
            kept = write_resources(json.loads((data / "run.json").read_text("utf-8"))["web_url"], token)
            time.sleep(2)  # lets the events of these writes reach their subscribers
            subprocess.run([*xinglin("backup", data), str(target)], check=True)
        finally:
            node.send_signal(signal.SIGINT)
            node.wait(60)
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    target.with_suffix(".json").write_text(f"{text}\n", "utf-8")
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1024:.0f} KiB, {len(kept)} resources")


def xinglin(command: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "xinglin.server.cli", command, "--data", str(data)]


def wait_for_token(data: Path) -> str:
    """A program's token, as soon as the node gives one out."""
    for _ in range(120):
        done = subprocess.run(
            [*xinglin("token", data), "--name", "fixture"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.5)
    raise SystemExit("the node did not start")


def write_resources(url: str, token: str) -> list[dict[str, Any]]:
    """One transaction, and a second version of the patient; what the node then holds."""
    entries = [
        {
            "fullUrl": PATIENT
            if resource["resourceType"] == "Patient"
            else f"urn:uuid:0000000{number}-0000-4000-8000-0",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for number, resource in enumerate(RESOURCES)
    ]
    answer = call(url, token, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    places = ["/".join(entry["response"]["location"].split("/")[-4:-2]) for entry in answer["entry"]]
    patient = call(url, token, "GET", places[0])
    call(url, token, "PUT", places[0], {**patient, "telecom": [{"system": "phone", "value": "13800000000"}]})
    return [call(url, token, "GET", place) for place in places]


def call(url: str, token: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/fhir/{path}".rstrip("/"),
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


if __name__ == "__main__":
    os.umask(0o022)
    main()
