"""The node's own search parameters: what SearchParameter resources define, in every process and in the index."""

from .own_parameters import DEFINING, Defining, check_definition, freshen, refresh, refuse_unfinished
from .progress import figures, progress, start
from .reindexing import Reindexer

__all__ = [
    "DEFINING",
    "Defining",
    "Reindexer",
    "check_definition",
    "figures",
    "freshen",
    "progress",
    "refresh",
    "refuse_unfinished",
    "start",
]
