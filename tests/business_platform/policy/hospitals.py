"""Two hospitals on one node, with a patient in each situation that rules tell apart, and one resource of every type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from specimens import TYPES, can_be_in_a_record, specimen

from xinglin.business_platform.access import Policies
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database, Session, session
from xinglin.foundation.http import Principal

OURS, THEIRS = 1, 2
SITUATIONS = (
    *("treated", "ward", "other", "own", "glass", "consent", "named", "guarded", "sensitive"),
    "far",
    "nobody",
)
"""Treated by the physician in person; in the unit of physician and nurse; in another unit; the patient account's own;
in another unit with the glass broken; in the unit, having shut all out by consent; elsewhere, having named the physician
in a consent; in the unit, a well-known person; in the unit, all labelled restricted; in the other hospital; nobody's."""
_RESTRICTED = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
}
_VIP = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VIP"}]}
_CAUSE = Cause("test")


def people() -> Mapping[str, Principal]:
    """One account of each role, and one of two."""
    caring = {"units": ("unit-1",)}
    return {
        "patient": _somebody("patient", patients=("own",)),
        "physician": _somebody("physician", practitioner="physician-1", **caring),
        "nurse": _somebody("nurse", practitioner="nurse-1", **caring),
        "technician": _somebody("technician", practitioner="technician-1", units=("unit-9",)),
        "pharmacist": _somebody("pharmacist", practitioner="pharmacist-1", units=("unit-9",)),
        "registrar": _somebody("registrar", units=("unit-9",)),
        "medical_director": _somebody("medical_director"),
        "interface_engineer": _somebody("interface_engineer"),
        "system_administrator": _somebody("system_administrator"),
        "security_administrator": _somebody("security_administrator"),
        "audit_administrator": _somebody("audit_administrator"),
        "integration": _somebody("integration"),
    }


def _somebody(role: str, **further: Any) -> Principal:
    account, session_ = (str(uuid5(NAMESPACE_URL, f"{what}/{role}")) for what in ("account", "session"))
    proved = {"authenticated_at": datetime.now(UTC), "methods": frozenset({"hwk"})}
    return Principal(account, role, "user", session_, roles=frozenset({role}), **proved, **further)


@asynccontextmanager
async def within(tenant: int) -> AsyncIterator[None]:
    """The node itself, in one hospital."""
    settings = (("xinglin.tenant", str(tenant)),)
    with session(Session(reading=settings, writing=settings)):
        yield


async def populate(database: Database, store: Store, policies: Policies) -> None:
    """Fill both hospitals, and break the glass of physician and nurse for one patient."""
    for tenant, situations in ((OURS, [one for one in SITUATIONS if one not in ("far", "nobody")]), (THEIRS, ["far"])):
        resources = [specimen("Organization", "unit-1"), specimen("Organization", "unit-2")]
        for situation in situations:
            resources += _record(situation)
        for type_ in TYPES:
            if not can_be_in_a_record(type_):
                resources.append(specimen(type_, f"{_prefix(tenant)}{type_.lower()}"))
        async with within(tenant), database.transaction() as connection:
            await store.put_all(connection, resources, _CAUSE)
    for role in ("physician", "nurse"):
        glass = await policies.break_glass(people()[role], "glass", "found unconscious, allergies unknown")
        assert glass.until - glass.began_at <= timedelta(hours=1)


def _prefix(tenant: int) -> str:
    return "nobody-" if tenant == OURS else "far-nobody-"


def id_in(situation: str, type_: str) -> str:
    """The id of the specimen of ``type_`` in a situation."""
    if situation == "nobody":
        return f"nobody-{type_.lower()}"
    return situation if type_ == "Patient" else f"{situation}-{type_.lower()}"


def _record(situation: str) -> list[dict[str, Any]]:
    made = []
    for type_ in TYPES:
        if not can_be_in_a_record(type_):
            continue
        one = specimen(type_, id_in(situation, type_), situation)
        if situation == "sensitive":
            one["meta"] = _RESTRICTED
        if type_ == "Patient" and situation == "guarded":
            one["meta"] = _VIP
        made.append(one)
    return [*made, _stay(situation), *_consents(situation)]


def _stay(situation: str) -> dict[str, Any]:
    visit: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": f"{situation}-stay",
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{situation}"},
    }
    if situation == "sensitive":
        visit["meta"] = _RESTRICTED
    if situation in ("treated", "far"):
        visit["participant"] = [{"individual": {"reference": "Practitioner/physician-1"}}]
    if situation in ("ward", "consent", "guarded", "sensitive", "far"):
        visit["serviceProvider"] = {"reference": "Organization/unit-1"}
    if situation in ("other", "own", "glass", "named"):
        visit["serviceProvider"] = {"reference": "Organization/unit-2"}
    return visit


def _consents(situation: str) -> list[dict[str, Any]]:
    if situation not in ("consent", "named"):
        return []
    given: dict[str, Any] = {
        "resourceType": "Consent",
        "id": f"{situation}-decision",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "patient": {"reference": f"Patient/{situation}"},
        "policyRule": {"coding": [{"code": "OPTIN"}]},
    }
    if situation == "consent":
        given["provision"] = {"type": "deny"}
    else:
        physician = {"role": {"text": "performer"}, "reference": {"reference": "Practitioner/physician-1"}}
        given["provision"] = {"type": "permit", "actor": [physician]}
    return [given]
