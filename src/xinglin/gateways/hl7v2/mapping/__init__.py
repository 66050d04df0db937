"""From HL7 v2 messages to FHIR R4 resources, after HL7's v2-to-FHIR maps.

``understand`` maps one message over a ``Workspace``; ``TABLES`` are the segment tables that tests compare
with HL7's own; ``SUPPORTED`` lists message types as ``code^trigger``.
"""

from .identify import keys_of
from .reading import Happening, Key, Reading, Reference, Workspace, replaced_by
from .trigger import SUPPORTED, TABLES, references_of, understand

__all__ = [
    "SUPPORTED",
    "TABLES",
    "Happening",
    "Key",
    "Reading",
    "Reference",
    "Workspace",
    "keys_of",
    "references_of",
    "replaced_by",
    "understand",
]
