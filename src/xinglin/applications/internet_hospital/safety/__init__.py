"""Safety of a prescription: what stands against it, what it rests on, and what could not be checked."""

from __future__ import annotations

from .amount import amount_in
from .finding import finding
from .kidney import egfr_ckd_epi_2021
from .model import Allergy, Facts, Finding, Kidney, Line, Pregnant
from .record import facts_of, is_current
from .service import check

__all__ = [
    "Allergy",
    "Facts",
    "Finding",
    "Kidney",
    "Line",
    "Pregnant",
    "amount_in",
    "check",
    "egfr_ckd_epi_2021",
    "facts_of",
    "finding",
    "is_current",
]
