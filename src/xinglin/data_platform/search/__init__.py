"""Search as R4 defines it: what a resource is found by, and requests compiled to SQL text and parameters."""

from .circumstances import Circumstances, Codings, Terminology, Terms, by_terminology
from .compartment import Within, linking, patient_of, within
from .criterion import Chain, Condition, Criterion, Either, Every, Has, Opposite
from .date import span as date_span
from .include import Include, targets
from .indexing import INDEX_REVISION, Index, index
from .parameter import Parameter, parameters
from .request import CURSOR, NamedQuery, SearchRequest, cursor_of, read
from .statement import GATHERED, Statement, count, cursor_values, estimate, only_tokens, page, referring
from .token import identifier_token
from .words import unfit

__all__ = [
    "CURSOR",
    "GATHERED",
    "INDEX_REVISION",
    "Chain",
    "Circumstances",
    "Codings",
    "Condition",
    "Criterion",
    "Either",
    "Every",
    "Has",
    "Include",
    "Index",
    "NamedQuery",
    "Opposite",
    "Parameter",
    "SearchRequest",
    "Statement",
    "Terminology",
    "Terms",
    "Within",
    "by_terminology",
    "count",
    "cursor_of",
    "cursor_values",
    "date_span",
    "estimate",
    "identifier_token",
    "index",
    "linking",
    "only_tokens",
    "page",
    "parameters",
    "patient_of",
    "read",
    "referring",
    "targets",
    "unfit",
    "within",
]
