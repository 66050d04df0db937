"""HL7 v2 as it is written: character sets, delimiters, escapes and times; knows nothing of FHIR resources."""

from .charset import Charset, charset_named, decode
from .escape import escape, unescape
from .message import Delimiters, Header, Message, Segment, parse, read_header
from .timestamp import fhir_date, fhir_date_time, fhir_time, instant

__all__ = [
    "Charset",
    "Delimiters",
    "Header",
    "Message",
    "Segment",
    "charset_named",
    "decode",
    "escape",
    "fhir_date",
    "fhir_date_time",
    "fhir_time",
    "instant",
    "parse",
    "read_header",
    "unescape",
]
