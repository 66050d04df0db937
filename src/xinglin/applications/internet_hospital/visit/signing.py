"""The proof of a signing: Provenance (hl7.org/fhir/R4/provenance.html) with the node's signature over all of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from .model import Resource, Verified
from .written import Visit

_OUTSIDE = frozenset({"meta", "status", "statusReason"})
_VERIFIER = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.5",
    "display": "Verification Signature",
}
_AUTHOR = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1", "display": "Author's Signature"}


@dataclass(frozen=True, slots=True)
class Act:
    """Who signs in which visit and when; ``id`` is that of the Provenance."""

    id: str
    encounter: str
    practitioner: str
    name: str
    moment: str


class Signatures(Protocol):
    """What this room needs of the node's key; ``access.audit.Signatures`` is one."""

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWS."""
        ...

    def claims_of(self, jws: str) -> dict[str, Any] | None:
        """What was signed; None where the signature does not hold."""
        ...


def digest(resource: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (keys sorted, no blanks) of ``resource`` without what moves on after a signature:
    its meta and its status."""
    kept = {name: value for name, value in resource.items() if name not in _OUTSIDE}
    return hashlib.sha256(orjson.dumps(kept, default=float, option=orjson.OPT_SORT_KEYS)).hexdigest()


def provenance(visit: Visit, signed: Sequence[Resource], signatures: Signatures, methods: Sequence[str]) -> Resource:
    """Who signed what, and by which proof of themselves (``methods``, RFC 8176)."""
    act = Act(visit.named("provenance"), visit.encounter, visit.practitioner, visit.name, visit.moment)
    return _proof(act, signed, signatures, methods, "author", _AUTHOR)


def verification(act: Act, signed: Sequence[Resource], signatures: Signatures, methods: Sequence[str]) -> Resource:
    """As ``provenance`` of whoever has reviewed what another wrote."""
    return _proof(act, signed, signatures, methods, "verifier", _VERIFIER)


def _proof(
    act: Act,
    signed: Sequence[Resource],
    signatures: Signatures,
    methods: Sequence[str],
    role: str,
    type_: Mapping[str, str],
) -> Resource:
    digests = {f"{one['resourceType']}/{one['id']}": digest(one) for one in signed}
    who = {"reference": f"Practitioner/{act.practitioner}", "display": act.name}
    claims = {"sub": who["reference"], "amr": sorted(methods), "at": act.moment, "sha256": digests}
    return {
        "resourceType": "Provenance",
        "id": act.id,
        "target": [{"reference": reference} for reference in digests],
        "occurredDateTime": act.moment,
        "recorded": act.moment,
        "agent": [{"type": {"coding": [{"code": role}]}, "who": who}],
        "entity": [{"role": "source", "what": {"reference": f"Encounter/{act.encounter}"}}],
        "signature": [
            {
                "type": [type_],
                "when": act.moment,
                "who": who,
                "targetFormat": "application/fhir+json",
                "sigFormat": "application/jose",
                "data": base64.b64encode(signatures.sign(claims).encode()).decode(),
            }
        ],
    }


def verified(
    proof: Mapping[str, Any], current: Mapping[tuple[str, str], Mapping[str, Any]], signatures: Signatures
) -> Verified:
    """Whether the node did sign this, and what of it is not as it was (or cannot be seen by whoever asks)."""
    signature = proof["signature"][0]
    claims = signatures.claims_of(base64.b64decode(signature["data"]).decode())
    digests = (claims or {}).get("sha256", {})
    changed = []
    for reference, was in digests.items():
        type_, _, id_ = reference.partition("/")
        found = current.get((type_, id_))
        if found is None or digest(found) != was:
            changed.append(reference)
    return Verified(
        provenance=f"Provenance/{proof['id']}",
        signed_by=signature["who"].get("display", signature["who"]["reference"]),
        signed_at=signature["when"],
        holds=claims is not None and set(digests) == {one["reference"] for one in proof["target"]},
        changed=sorted(changed),
    )
