"""What ties a process to the one that started it."""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal: int) -> None:
    """Called in a new process: the kernel sends it ``signal`` when its parent dies, also by ``kill -9``."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal)
    if os.getppid() == 1:
        os._exit(0)
