"""What the page shows of resources: what the patient told before, and what was signed in this visit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from .following_up import FOLLOW_UP
from .model import PreConsultation, Section, SignedItem
from .written import DOCUMENT

_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_MOST_LINES = 12
_TITLE = "Pre-consultation"


def pre_consultation(found: Sequence[Mapping[str, Any]]) -> PreConsultation | None:
    """The newest of the virtual doctor's pages."""
    pages = [one for one in found if _TITLE in str(one.get("title", ""))]
    if not pages:
        return None
    newest = max(pages, key=lambda one: str(one.get("date", "")))
    return PreConsultation(
        reference=f"Composition/{newest['id']}",
        at=newest.get("date"),
        sections=[
            Section(title=str(one.get("title", "")), lines=_lines((one.get("text") or {}).get("div", "")))
            for one in newest.get("section", ())
        ],
    )


def signed_items(found: Sequence[Mapping[str, Any]]) -> list[SignedItem]:
    """What was signed in the visit, in the order of signing."""
    items = [item for one in found if (item := _item(one)) is not None]
    return sorted(items, key=lambda one: (one.at or "", one.kind, one.reference))


def _item(one: Mapping[str, Any]) -> SignedItem | None:
    type_, concept, kind = one["resourceType"], one.get("code") or {}, ""
    at = one.get("authoredOn") or one.get("recordedDate") or one.get("date")
    state, reason = str(one.get("status", "")), None
    if type_ == "Condition":
        kind, state = "diagnosis", (one.get("clinicalStatus") or {}).get("coding", [{}])[0].get("code", "")
    elif type_ == "ServiceRequest":
        kind = _order_kind(one) if one.get("intent") != "plan" else ""  # shown with its follow-up
    elif type_ == "CarePlan":
        kind, at, concept = _plan_of(one)
    elif type_ == "MedicationRequest":
        kind, concept = "drug", one.get("medicationCodeableConcept") or {}
        reason = (one.get("statusReason") or {}).get("text")
    elif type_ == "Composition":
        concept = one.get("type") or {}
        kind = next((c["code"] for c in concept.get("coding", ()) if c.get("system") == DOCUMENT), "")
    if not kind:
        return None
    text = str(concept.get("text") or "")
    english = next((c["display"] for c in concept.get("coding", ()) if c.get("display")), text)
    return SignedItem.model_validate(
        {
            "reference": f"{type_}/{one['id']}",
            "kind": kind,
            "name_zh": text or english,
            "name_en": english,
            "state": state,
            "reason": reason,
            "at": at,
        }
    )


def _plan_of(one: Mapping[str, Any]) -> tuple[str, str | None, dict[str, Any]]:
    codes = {c.get("code") for each in one.get("category", ()) for c in each.get("coding", ())}
    words = {"text": one.get("title"), "coding": [{"display": one.get("description")}]}
    return ("follow_up" if FOLLOW_UP in codes else ""), one.get("created"), words


def _order_kind(one: Mapping[str, Any]) -> str:
    codes = {c.get("code") for each in one.get("category", ()) for c in each.get("coding", ())}
    if "3457005" in codes:
        return "referral"
    return "imaging" if "RAD" in codes else "laboratory"


def _lines(div: str) -> list[str]:
    return [unescape(_TAG.sub("", one)).strip() for one in _PARAGRAPH.findall(div)][:_MOST_LINES]
