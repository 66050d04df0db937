"""The values of the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

KEPT_AT_LEAST_DAYS = 183
"""Six months: what the Cybersecurity Law of the PRC, article 21, asks at least of network logs."""

Digest = Literal["sha256", "sm3"]


class AuditSettings(msgspec.Struct, frozen=True):
    """How long entries are kept, by what they are chained, and how often the chain is anchored."""

    keep_days: Annotated[int, msgspec.Meta(ge=KEPT_AT_LEAST_DAYS)] = 200
    digest: Digest = "sha256"
    anchor_minutes: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    key_days: Annotated[int, msgspec.Meta(gt=0)] = 730


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is told of an access beside what is searched by. ``many`` is how many resources it touched where they are
    more than are named; ``refused`` is the rule that stood against it."""

    kind: str | None = None
    session: str | None = None
    roles: list[str] = []
    units: list[str] = []
    purpose: str | None = None
    method: str = ""
    route: str = ""
    path: str = ""
    query: str | None = None
    address: str | None = None
    correlation: str | None = None
    refused: str | None = None
    many: int = 0
    continues: bool = False


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One access, as it goes into the trail. ``action`` is C, R, U, D or E (AuditEvent.action of R4), ``interaction`` a
    code of restful-interaction or the method of a business route, ``focus`` the resource or type that was asked for,
    ``resources`` and ``patients`` are parted by blanks, and ``detail`` is a ``Detail``."""

    tenant: int
    recorded: datetime
    principal: str | None
    name: str | None
    action: str
    interaction: str
    focus: str | None
    status: int
    emergency: bool
    resources: str
    patients: str
    detail: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the trail holds it; ``sequence`` counts without gaps in the order in which entries were taken in."""

    sequence: int
    tenant: int
    recorded: datetime
    principal: str | None
    name: str | None
    action: str
    interaction: str
    focus: str | None
    status: int
    emergency: bool
    resources: list[str]
    patients: list[str]
    detail: bytes

    def told(self) -> Detail:
        """The rest of what is known of it."""
        return msgspec.json.decode(self.detail, type=Detail)


COLUMNS = tuple(Row.__dataclass_fields__)


def row_of(record: Any) -> Row:
    """The row in a record of ``audit_entry``, from the node's pool or, where JSON comes as text, any connection."""
    *values, detail = (record[name] for name in COLUMNS)
    values.append(detail.encode() if isinstance(detail, str) else detail)
    return Row(*values)


class Anchor(msgspec.Struct, frozen=True):
    """The hash of the entry ``sequence`` as it was ``at`` a time on ``node``, signed by ``key``."""

    node: str
    sequence: int
    hash: bytes
    at: datetime
    key: str
    signature: bytes = b""

    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return msgspec.json.encode(("xinglin.audit.anchor.1", self.node, self.sequence, self.hash, self.at, self.key))
