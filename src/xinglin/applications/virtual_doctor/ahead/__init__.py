"""Tests before the doctor: proposed by protocol, released by a doctor of the department, done before the visit."""

from __future__ import annotations

from .events import ORDER_PLACED, TESTS_PROPOSED, TESTS_REFUSED, TESTS_RELEASED
from .model import TestsProposed
from .proposing import Proposer
from .releasing import Releases
from .routes import GOVERN, RELEASE, router
from .switching import Switches

__all__ = [
    "GOVERN",
    "ORDER_PLACED",
    "RELEASE",
    "TESTS_PROPOSED",
    "TESTS_REFUSED",
    "TESTS_RELEASED",
    "Proposer",
    "Releases",
    "Switches",
    "TestsProposed",
    "router",
]
