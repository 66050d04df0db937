"""What tests of the FHIR interface say again and again."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

JSON = {"content-type": "application/fhir+json"}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "张"}]}
OBSERVATION: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "pulse"}}


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The first issue of a refusal with ``status``, in both languages."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = outcome["issue"][0]
    assert issue["details"]["text"] and issue["details"]["_text"]
    return issue


async def created(fhir: httpx.AsyncClient, resource: dict[str, Any]) -> str:
    """``Type/id`` of ``resource``, newly made."""
    answer = await fhir.post(f"/{resource['resourceType']}", json=resource)
    assert answer.status_code == 201, answer.text
    return f"{resource['resourceType']}/{answer.json()['id']}"


def identified(resource: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """``resource`` with an identifier of its own, and the search that finds it."""
    value = uuid.uuid4().hex
    return {**resource, "identifier": [{"system": "urn:mrn", "value": value}]}, f"identifier=urn:mrn|{value}"


def urn() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def bundle(*entries: dict[str, Any], type_: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


def entry(method: str, url: str, resource: dict[str, Any] | None = None, **further: str) -> dict[str, Any]:
    """An entry; ``full_url`` aside, ``further`` goes into its request."""
    full_url = further.pop("full_url", None)
    made: dict[str, Any] = {"request": {"method": method, "url": url, **further}}
    if resource is not None:
        made["resource"] = resource
    if full_url:
        made["fullUrl"] = full_url
    return made


def statuses(answer: httpx.Response) -> list[str]:
    """The codes of a response Bundle's entries."""
    assert answer.status_code == 200, answer.text
    return [one["response"]["status"][:3] for one in answer.json()["entry"]]


def next_of(page: dict[str, Any]) -> str:
    """The link to the next page, empty for the last."""
    return next((link["url"] for link in page["link"] if link["relation"] == "next"), "")


def parameters(*operations: dict[str, Any]) -> dict[str, Any]:
    """FHIRPath Patch: each operation by its parts, ``value`` as ``{"valueString": …}`` or parts."""
    kinds = {"type": "valueCode", "path": "valueString", "name": "valueString"}
    made = []
    for one in operations:
        parts = []
        for name, value in one.items():
            if name == "value":
                parts.append({"name": "value", **value})
            else:
                parts.append({"name": name, kinds.get(name, "valueInteger"): value})
        made.append({"name": "operation", "part": parts})
    return {"resourceType": "Parameters", "parameter": made}
