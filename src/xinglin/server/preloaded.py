"""What the fork server loads, and nothing else may: all that the node's processes share and that loads by import."""

import gc

gc.disable()  # nothing of this is garbage, and looking for some took a fifth of a start

from signal import SIGTERM  # noqa: E402

from . import process  # noqa: E402, F401
from .supervisor import die_with_parent  # noqa: E402

die_with_parent(SIGTERM)
gc.freeze()  # a collector that went through these objects would copy their pages into every process
