"""The watch: foresight of the running house every minute, alarms, and how true what was foreseen came."""

from __future__ import annotations

from .service import Look, Watch
from .showing import AlarmShown, Showing, TwinShown, WaitsShown, service_names

__all__ = ["AlarmShown", "Look", "Showing", "TwinShown", "WaitsShown", "Watch", "service_names"]
