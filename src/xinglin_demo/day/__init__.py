"""A hospital day: what happens, how it is said, and the player that tells it to a node."""

from .happening import Happening, Kind, Stay
from .memory import Memory, MemoryMismatchError, begin, recall
from .player import Player, Score
from .simulation import happenings
from .timeline import HOSPITAL_ZONE

__all__ = [
    "HOSPITAL_ZONE",
    "Happening",
    "Kind",
    "Memory",
    "MemoryMismatchError",
    "Player",
    "Score",
    "Stay",
    "begin",
    "happenings",
    "recall",
]
