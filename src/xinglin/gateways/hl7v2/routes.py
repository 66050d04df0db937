"""``/api/messages``: every message in and out, dead letters, running again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of, wants_chinese

from .model import State
from .repository import Filter
from .service import MessageDesk

READ, RERUN = "hl7v2.read", "hl7v2.rerun"
MessageId = Annotated[str, Path(pattern=r"^\d{1,18}$")]


class MessageShown(BaseModel):
    """A line of the list. ``sender`` and ``receiver`` are application and facility, joined by ``|``."""

    id: str
    direction: Literal["in", "out"]
    received_at: datetime
    type: str
    control_id: str
    sender: str
    receiver: str
    state: State
    reason: str | None
    patient: str | None
    size_bytes: int
    repeats: int
    attempts: int


class MessagePage(BaseModel):
    """Newest first; ``next_before`` goes into ``before`` for the following page."""

    messages: list[MessageShown]
    next_before: str | None


class ProducedShown(BaseModel):
    """A resource that the message wrote (created, updated) or confirmed (unchanged)."""

    type: str
    id: str
    version: int | None
    status: str


class Step(BaseModel):
    """Something a person did with the message: rerun, corrected (to ``id``), corrects (``id``)."""

    at: datetime
    action: str
    by: str
    id: str | None = None


class MessageDetail(MessageShown):
    """One message: its text decoded by its character set, segments ended by line feeds."""

    text: str
    charset: str
    produced: list[ProducedShown]
    history: list[Step]
    ack: str
    processed_at: datetime | None


class Rerun(BaseModel):
    """``text``: the corrected message; without it the message runs again as it is."""

    text: Annotated[str, Field(max_length=20_000_000)] | None = None


class RerunMany(BaseModel):
    ids: Annotated[list[Annotated[str, Field(pattern=r"^\d{1,18}$")]], Field(min_length=1, max_length=1000)]


class RerunShown(BaseModel):
    """Where the message stands now; a corrected one has an id of its own."""

    id: str
    state: State
    reason: str | None


class RerunManyShown(BaseModel):
    """Those that wait for the consumer again; the others could not (unknown, superseded, waiting)."""

    messages: list[RerunShown]


class Summary(BaseModel):
    """Waiting and dead messages in all, the others of the last day, and the rate of the last minute."""

    as_of: datetime
    counts: dict[str, int]
    messages_per_second: float


def router(desk: MessageDesk, clock: Clock) -> APIRouter:
    """The operations over ``desk``."""
    api = APIRouter(prefix="/api/messages", tags=["messages"])

    @api.get("", openapi_extra=needs(READ))
    async def search_messages(
        request: Request,
        query: Annotated[str, Query(max_length=199)] = "",
        state: Literal["", "received", "processed", "dead", "superseded"] = "",
        direction: Literal["", "in", "out"] = "",
        type: Annotated[str, Query(max_length=20)] = "",
        before: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> MessagePage:
        if direction == "out":  # acknowledgements are shown with the message that they answer
            return MessagePage(messages=[], next_before=None)
        asked = Filter(query.strip(), state, type.strip().upper(), int(before) if before else None, limit)
        rows, more = await desk.search(asked)
        chinese = wants_chinese(request)
        return MessagePage(
            messages=[MessageShown(**_line(row, chinese)) for row in rows],
            next_before=str(more) if more else None,
        )

    @api.get("/summary", openapi_extra=needs(READ))
    async def summarise_messages() -> Summary:
        counts = await desk.summary()
        rate = counts.pop("last_minute") / 60
        return Summary(as_of=clock.now(), counts=counts, messages_per_second=round(rate, 2))

    @api.post("/rerun", openapi_extra=needs(RERUN))
    async def rerun_messages(request: Request, body: RerunMany) -> RerunManyShown:
        found = await desk.run_again([int(id_) for id_ in body.ids], principal_of(request).name)
        return RerunManyShown(messages=[RerunShown(id=str(id_), state="received", reason=None) for id_, _ in found])

    @api.get("/{message_id}", openapi_extra=needs(READ))
    async def read_message(request: Request, message_id: MessageId) -> MessageDetail:
        row = await desk.detail(int(message_id))
        produced = [f"{one['type']}/{one['id']}" for one in row["produced"]]
        touched_of(request.scope).add(produced, (one[8:] for one in produced if one.startswith("Patient/")))
        return MessageDetail(
            **_line(row, wants_chinese(request)),
            text=row["text"].replace("\r", "\n"),
            charset=row["charset"],
            produced=row["produced"],
            history=row["history"],
            ack=row["ack"].replace("\r", "\n"),
            processed_at=row["processed_at"],
        )

    @api.post("/{message_id}/rerun", openapi_extra=needs(RERUN))
    async def rerun_message(request: Request, message_id: MessageId, body: Rerun) -> RerunShown:
        id_, by = int(message_id), principal_of(request).name
        if body.text is not None:
            id_ = await desk.run_corrected(id_, body.text, by)
        elif not await desk.run_again([id_], by):
            await desk.detail(id_)
            raise XinglinError(
                Category.CONFLICT,
                f"message {id_} waits already or was superseded",
                f"消息 {id_} 已在等待处理或已被更正取代",
            )
        state, reason, chinese = await desk.outcome(id_)
        return RerunShown(id=str(id_), state=state, reason=chinese if wants_chinese(request) else reason)

    return api


def _line(row: Any, chinese: bool) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "direction": "in",
        "received_at": row["received_at"],
        "type": row["type"],
        "control_id": row["control_id"],
        "sender": row["sender"],
        "receiver": row["receiver"],
        "state": row["state"],
        "reason": row["reason_chinese"] if chinese and row["reason_chinese"] else row["reason"],
        "patient": row["patient"],
        "size_bytes": row["size_bytes"],
        "repeats": row["repeats"],
        "attempts": row["attempts"],
    }
