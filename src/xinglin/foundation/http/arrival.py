"""When a request came: what is decided in the order of coming must not depend on how long the guard took."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

_ARRIVED = "xinglin.arrived"


def note_arrival(scope: MutableMapping[str, Any], at: datetime) -> None:
    """Note that the request of ``scope`` came at ``at``; done once, outside of everything else."""
    scope[_ARRIVED] = at


def arrival_of(scope: MutableMapping[str, Any], now: datetime) -> datetime:
    """When the request came; ``now`` where nobody noted it, as in an application without an outside."""
    found = scope.get(_ARRIVED, now)
    assert isinstance(found, datetime)
    return found
