"""What the gateway keeps of a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from .syntax import Charset, Header

State = Literal["received", "processed", "dead", "superseded"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: sound in frame, character set and header; nothing else is known of it."""

    sender: str
    receiver: str
    control_id: str
    type: str
    digest: bytes
    charset: str
    raw: bytes
    received_at: datetime
    acknowledged_as: str

    @classmethod
    def of(cls, header: Header, charset: Charset, raw: bytes, received_at: datetime, acknowledged_as: str) -> Arrival:
        """The arrival of ``raw``, whose header was read; ``acknowledged_as`` is empty where nobody was answered."""
        return cls(
            sender=header.sender,
            receiver=f"{header.receiving_application}|{header.receiving_facility}",
            control_id=header.control_id,
            type=header.kind,
            digest=sha256(raw).digest(),
            charset=charset.name,
            raw=raw,
            received_at=received_at,
            acknowledged_as=acknowledged_as,
        )


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the door refused since it opened; the last refusal's reason and peer are empty before there is one."""

    refused: int = 0
    truncated: int = 0
    oversize: int = 0
    connections_refused: int = 0
    last_reason: str = ""
    last_reason_chinese: str = ""
    last_peer: str = ""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message is in the inbox for good. ``repeated``: it was there before. ``clash``: its control id
    belongs to another message, so it was put to the dead letters with that reason."""

    id: int
    repeated: bool
    clash: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that the consumer has not worked on yet."""

    id: int
    charset: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message in the consumer; ``produced`` is JSON."""

    id: int
    state: State
    reason: str | None
    reason_chinese: str | None
    patient: str | None
    produced: bytes | None


@dataclass(frozen=True, slots=True)
class Produced:
    """One resource that a message wrote or confirmed."""

    type: str
    id: str
    version: int | None
    status: str

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "id": self.id, "version": self.version, "status": self.status}


def clash_reason(control_id: str, holder: int) -> tuple[str, str]:
    """Why a message with a used control id is a dead letter, in English and Chinese."""
    return (
        f"control id {control_id} was used by message {holder} with another content",
        f"控制号 {control_id} 已被消息 {holder} 使用，且内容不同",
    )
