"""Search as R4 defines it: what a resource is found by, and requests compiled to SQL text and parameters."""

from .compartment import patient_of
from .hashing import token_number
from .index import Index, index
from .parameter import Parameter, parameters
from .token import identifier_token

__all__ = [
    "Index",
    "Parameter",
    "identifier_token",
    "index",
    "parameters",
    "patient_of",
    "token_number",
]
