"""The history of a visit as timelines of status and place, into which events may fall in any order.

Each entry's end is the next one's start, so a message that comes late takes its place among the others
instead of overwriting them. The present status is the last entry of ``statusHistory``, left open.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_CLOSED = ("finished", "cancelled", "entered-in-error")


@lru_cache(maxsize=65_536)
def moment(text: str) -> datetime:
    """An instant for a FHIR dateTime; the parts that it lacks count as their beginning, a zone as UTC."""
    padded = text if len(text) >= 10 else text + "-01" * ((10 - len(text)) // 3)
    found = datetime.fromisoformat(padded)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def with_status(encounter: dict[str, Any], status: str, at: str, *, unless_so: bool = False) -> dict[str, Any]:
    """``encounter`` with ``status`` from ``at`` on. With ``unless_so`` a status that held then is not
    entered again."""
    history = _timed(encounter.get("statusHistory"))
    start = (encounter.get("period") or {}).get("start")
    if not history and start:
        history = [{"status": encounter["status"], "period": {"start": start}}]
    if any(entry["status"] == status and entry["period"]["start"] == at for entry in history):
        return encounter
    before = [entry for entry in history if moment(entry["period"]["start"]) <= moment(at)]
    if unless_so and before and before[-1]["status"] == status:
        return encounter
    history.insert(len(before), {"status": status, "period": {"start": at}})
    history = _chained(history, None)
    present = history[-1]["status"]
    period = dict(encounter.get("period") or {})
    period.setdefault("start", at)
    if moment(history[0]["period"]["start"]) < moment(period["start"]):
        period["start"] = history[0]["period"]["start"]
    period.pop("end", None)
    if present in _CLOSED:
        period["end"] = history[-1]["period"]["start"]
    return _placed({**encounter, "status": present, "statusHistory": history, "period": period})


def with_place(encounter: dict[str, Any], place: dict[str, Any], at: str, *, admission: bool = False) -> dict[str, Any]:
    """``encounter`` with a stay at ``place`` from ``at`` on. An ``admission`` corrects a stay that began at
    the same time and adds nothing where the patient was there already; places without a time give way."""
    stays = _timed(encounter.get("location"))
    before = [stay for stay in stays if moment(stay["period"]["start"]) <= moment(at)]
    if any(_is(stay, place) and stay["period"]["start"] == at for stay in before):
        return encounter
    if admission and before and _is(before[-1], place):
        return encounter
    if admission and before and before[-1]["period"]["start"] == at:
        stays.remove(before.pop())
    stays.insert(len(before), {"location": place, "period": {"start": at}})
    return _placed({**encounter, "location": stays})


def with_provisional_place(encounter: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    """``encounter`` at ``place`` since an unknown time, if nothing is known of where the patient is."""
    if encounter.get("location"):
        return encounter
    return {**encounter, "location": [{"location": place, "status": "active"}]}


def without_transfer(encounter: dict[str, Any], back_at: dict[str, Any] | None, at: str) -> dict[str, Any] | None:
    """``encounter`` without the newest transfer before ``at``; itself when the patient is at ``back_at``
    already; ``None`` when there is no transfer to cancel."""
    stays = _timed(encounter.get("location"))
    before = [stay for stay in stays if moment(stay["period"]["start"]) <= moment(at)]
    if before and back_at is not None and _is(before[-1], back_at):
        return encounter
    if len(before) < 2:
        return None
    stays.remove(before[-1])
    return _placed({**encounter, "location": stays})


def _placed(encounter: dict[str, Any]) -> dict[str, Any]:
    stays = _timed(encounter.get("location"))
    if not stays:
        return encounter
    end = (encounter.get("period") or {}).get("end")
    stays = _chained(stays, end)
    waiting = "planned" if encounter.get("status") == "planned" else "active"
    for stay in stays:
        stay["status"] = "completed" if "end" in stay["period"] else waiting
    return {**encounter, "location": stays}


def _timed(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    timed = [entry for entry in entries or () if (entry.get("period") or {}).get("start")]
    return sorted(timed, key=lambda entry: moment(entry["period"]["start"]))


def _chained(entries: list[dict[str, Any]], end: str | None) -> list[dict[str, Any]]:
    ends = [entry["period"]["start"] for entry in entries[1:]] + [end]
    chained = []
    for entry, until in zip(entries, ends, strict=True):
        period = {"start": entry["period"]["start"]}
        if until is not None and moment(until) >= moment(period["start"]):
            period["end"] = until
        chained.append({**entry, "period": period})
    return chained


def _is(stay: dict[str, Any], place: dict[str, Any]) -> bool:
    return bool(stay["location"].get("reference") == place.get("reference"))
