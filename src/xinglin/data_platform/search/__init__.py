"""Search as R4 defines it: what a resource is found by, and requests compiled to SQL text and parameters."""

from .compartment import in_compartment, patient_of
from .indexing import Index, index
from .parameter import Parameter, parameters
from .request import CURSOR, Chain, Criterion, Has, Include, SearchRequest, cursor_of, read
from .statement import Resolved, Statement, count, cursor_values, matching, only_tokens, page, referring
from .token import identifier_token
from .words import unfit

__all__ = [
    "CURSOR",
    "Chain",
    "Criterion",
    "Has",
    "Include",
    "Index",
    "Parameter",
    "Resolved",
    "SearchRequest",
    "Statement",
    "count",
    "cursor_of",
    "cursor_values",
    "identifier_token",
    "in_compartment",
    "index",
    "matching",
    "only_tokens",
    "page",
    "parameters",
    "patient_of",
    "read",
    "referring",
    "unfit",
]
