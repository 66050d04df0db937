"""What a patient's record tells that a prescription is checked against."""

from __future__ import annotations

from .hidden import with_hidden
from .reading import Records, Resources
from .request import LINE_NUMBER, dosage, line_of

__all__ = ["LINE_NUMBER", "Records", "Resources", "dosage", "line_of", "with_hidden"]
