"""The event of this room: screens that show the Board read it anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from xinglin.foundation.bus import NewEvent
from xinglin.foundation.ids import Ids

ROOM = "command_centre"
BOARD_CHANGED = "board.changed"
_BOARD = "command_centre/board"


def board_changed(ids: Ids, units: Iterable[str], at: datetime) -> list[NewEvent]:
    """One event for the units, by their ids, whose rows were written; none where there are none."""
    named = sorted(units)
    if not named:
        return []
    return [NewEvent(id=ids.new(), room=ROOM, name=BOARD_CHANGED, key=_BOARD, occurred_at=at, body={"units": named})]
