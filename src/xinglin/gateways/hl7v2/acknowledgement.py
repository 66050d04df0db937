"""Acknowledgements (HL7 v2 chapter 2: MSA, ERR) in the sender's delimiters and character set."""

from __future__ import annotations

from datetime import datetime

from .failure import Refused
from .syntax import Charset, Header, escape

_FAULTS = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    205: "Duplicate key identifier",
    207: "Application internal error",
}
_WITHOUT_0357 = ("2.1", "2.2", "2.3", "2.3.1", "2.4")
PLAIN = Charset("", "utf-8")


def wanted(asked: str, *, good: bool) -> bool:
    """Whether a condition of HL7 table 0155 (AL, NE, ER, SU) asks for this acknowledgement."""
    return asked == "AL" or (asked == "SU" and good) or (asked == "ER" and not good)


def code_of(header: Header | None, *, refused: Refused | None = None) -> str:
    """The acknowledgement code of the door: AA, AE, AR, or CA, CE, CR in the enhanced mode."""
    mode = "C" if header is not None and header.enhanced else "A"
    if refused is None:
        return mode + "A"
    return mode + ("R" if refused.rejected else "E")


def acknowledge(
    header: Header | None,
    charset: Charset,
    code: str,
    *,
    own_id: str,
    at: datetime,
    text: str = "",
    fault: Refused | None = None,
) -> bytes:
    """An ACK without MLLP framing. ``header`` is ``None`` when the message had no usable MSH: then the
    standard delimiters are used and MSA-2 stays empty. Characters that ``charset`` lacks become ``?``."""
    marks = header.delimiters.all if header else "|^~\\&"
    bar, component = marks[0], marks[1]
    reason = escape(text[:200], marks)
    if header is None:
        route, kind, control_id, processing, version, named = ["XINGLIN", "", "", ""], "ACK", "", "P", "2.5", ""
    else:
        route = [
            escape(name, marks)
            for name in (
                header.receiving_application,
                header.receiving_facility,
                header.sending_application,
                header.sending_facility,
            )
        ]
        kind = f"ACK{component}{escape(header.trigger, marks)}" if header.trigger else "ACK"
        control_id = escape(header.control_id, marks)
        processing, version, named = header.processing_id, escape(header.version, marks), header.charset
    msh = ["MSH" + bar + marks[1:], *route, f"{at:%Y%m%d%H%M%S%z}", "", kind, own_id, processing, version]
    if named:
        msh += ["", "", "", "", "", named]
    lines = [bar.join(msh), bar.join(["MSA", code, control_id, reason]).rstrip(bar)]
    if fault is not None:
        lines.append(_error(marks, version, fault, reason))
    return ("\r".join(lines) + "\r").encode(charset.codec, "replace")


def _error(marks: str, version: str, fault: Refused, reason: str) -> str:
    bar, component, subcomponent = marks[0], marks[1], marks[4]
    meaning = _FAULTS.get(fault.code, _FAULTS[207])
    location = fault.location.replace("^", component)
    if version in _WITHOUT_0357:
        pieces = [*fault.location.split("^"), "", "", ""][:3]
        coded = subcomponent.join((str(fault.code), meaning, "HL70357"))
        return f"ERR{bar}{component.join([*pieces, coded])}"
    coded = component.join((str(fault.code), meaning, "HL70357"))
    return bar.join(["ERR", "", location, coded, "E", "", "", "", reason])
