"""Segments, fields, repetitions, components: split as the message's own MSH-1 and MSH-2 say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..failure import Refused
from .charset import Charset
from .escape import unescape

NULL = '""'


class Delimiters:
    """The five delimiters of a message and the codec of its hexadecimal escapes."""

    __slots__ = ("all", "codec", "component", "escape", "field", "repetition", "subcomponent")

    def __init__(self, characters: str, codec: str) -> None:
        self.all = characters
        self.codec = codec
        self.field, self.component, self.repetition, self.escape, self.subcomponent = tuple(characters)

    def clean(self, component: str) -> str:
        """The first subcomponent of ``component``, unescaped and trimmed; the HL7 null counts as empty."""
        if self.subcomponent in component:
            component = component.split(self.subcomponent, 1)[0]
        if self.escape in component or not component.isprintable():
            component = unescape(component, self.all, self.codec)
        return "" if component == NULL else component.strip()

    def subcomponents(self, component: str) -> list[str]:
        """All subcomponents of ``component``, cleaned."""
        return [self.clean(part) for part in component.split(self.subcomponent)]

    def whole(self, text: str) -> str:
        """``text`` unescaped but not split further, for narrative data types (ST, TX, FT)."""
        return unescape(text, self.all, self.codec)


class Segment:
    """One line of a message; fields are numbered as in the standard (MSH-1 is the separator itself)."""

    __slots__ = ("delimiters", "fields", "name")

    def __init__(self, name: str, fields: list[str], delimiters: Delimiters) -> None:
        self.name = name
        self.fields = fields
        self.delimiters = delimiters

    def raw(self, number: int) -> str:
        """The field as written; empty when the segment is shorter."""
        return self.fields[number] if number < len(self.fields) else ""

    def text(self, number: int) -> str:
        """The first component of the first repetition, clean."""
        fields = self.fields
        if number >= len(fields):
            return ""
        raw = fields[number]
        if not raw or raw.isalnum():
            return raw
        delimiters = self.delimiters
        if delimiters.repetition in raw:
            raw = raw.split(delimiters.repetition, 1)[0]
        if delimiters.component in raw:
            raw = raw.split(delimiters.component, 1)[0]
        return raw if raw.isalnum() else delimiters.clean(raw)

    def components(self, number: int) -> list[str]:
        """The components of the first repetition, not yet cleaned; empty list when the field is empty."""
        raw = self.raw(number)
        if not raw or raw == NULL:
            return []
        delimiters = self.delimiters
        if delimiters.repetition in raw:
            raw = raw.split(delimiters.repetition, 1)[0]
        return raw.split(delimiters.component)

    def component(self, number: int, component: int) -> str:
        """One component of the first repetition, clean."""
        return part(self.delimiters, self.components(number), component)

    def repetitions(self, number: int) -> list[list[str]]:
        """The components of every repetition that says anything."""
        raw = self.raw(number)
        if not raw or raw == NULL:
            return []
        delimiters = self.delimiters
        return [
            one.split(delimiters.component)
            for one in raw.split(delimiters.repetition)
            if one.strip(delimiters.component) and one != NULL
        ]

    def is_null(self, number: int) -> bool:
        """Whether the sender says that the value is to be deleted (``""``)."""
        return self.raw(number) == NULL


def part(delimiters: Delimiters, components: list[str], number: int) -> str:
    """Component ``number`` (from 1), clean; empty when absent."""
    if number > len(components):
        return ""
    raw = components[number - 1]
    return raw if raw.isalnum() else delimiters.clean(raw) if raw else ""


@dataclass(frozen=True, slots=True)
class Header:
    """What the door needs of MSH: who sends what to whom, and which acknowledgements are wanted."""

    delimiters: Delimiters
    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    sent_at: str
    code: str
    trigger: str
    control_id: str
    processing_id: str
    version: str
    accept_acknowledgement: str
    application_acknowledgement: str
    charset: str

    @property
    def sender(self) -> str:
        """MSH-3 and MSH-4 in one text, by which control ids are kept apart."""
        return f"{self.sending_application}|{self.sending_facility}"

    @property
    def kind(self) -> str:
        """Message code and trigger event, such as ``ADT^A01``."""
        return f"{self.code}^{self.trigger}" if self.trigger else self.code

    @property
    def enhanced(self) -> bool:
        """Whether MSH-15 or MSH-16 asks for the enhanced acknowledgement mode."""
        return bool(self.accept_acknowledgement or self.application_acknowledgement)


class Message:
    """A parsed message; segments stay in their order."""

    __slots__ = ("header", "segments")

    def __init__(self, header: Header, segments: list[Segment]) -> None:
        self.header = header
        self.segments = segments

    def first(self, name: str) -> Segment | None:
        """The first segment of that name."""
        for segment in self.segments:
            if segment.name == name:
                return segment
        return None

    def all(self, name: str) -> Iterator[Segment]:
        """Every segment of that name, in order."""
        return (segment for segment in self.segments if segment.name == name)


def read_header(text: str, charset: Charset) -> Header:
    """MSH alone. Raises ``Refused`` (100 to 103) when delimiters, MSH-9 or MSH-10 are missing or unusable."""
    end = text.find("\r")
    line = text if end < 0 else text[:end]
    if "\n" in line:
        line = line.split("\n", 1)[0]
    if len(line) < 4 or not line.startswith("MSH"):
        raise Refused(100, "the message does not begin with an MSH segment", location="MSH")
    fields = line.split(line[3])
    marks = fields[1][:4] if len(fields) > 1 else ""
    if len(marks) < 4 or not marks.isascii() or len({line[3], *marks}) < 5 or any(map(str.isalnum, marks)):
        raise Refused(100, "MSH-2 does not hold four different encoding characters", location="MSH^1^2")
    delimiters = Delimiters(line[3] + marks, charset.codec)
    fields.insert(1, line[3])
    segment = Segment("MSH", fields, delimiters)
    header = _header(segment, charset)
    if not header.code:
        raise Refused(101, "MSH-9 (message type) is empty", location="MSH^1^9", rejected=False)
    if not header.control_id:
        raise Refused(101, "MSH-10 (message control id) is empty", location="MSH^1^10", rejected=False)
    if len(header.control_id) > 199:
        raise Refused(102, "MSH-10 is longer than 199 characters", location="MSH^1^10", rejected=False)
    return header


def parse(text: str, charset: Charset) -> Message:
    """The whole message. Segments end with CR; LF and CR LF are taken as well. Never fails once the
    header is sound: a line whose first three characters are no segment name is kept under what it is."""
    header = read_header(text, charset)
    delimiters = header.delimiters
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    separator = delimiters.field
    segments = []
    for line in text.split("\r"):
        if line:
            fields = line.split(separator)
            segments.append(Segment(fields[0].strip(), fields, delimiters))
    segments[0].fields.insert(1, separator)
    return Message(header, segments)


def _header(segment: Segment, charset: Charset) -> Header:
    kind = segment.components(9)
    marks = segment.delimiters
    return Header(
        delimiters=marks,
        sending_application=segment.text(3),
        sending_facility=segment.text(4),
        receiving_application=segment.text(5),
        receiving_facility=segment.text(6),
        sent_at=segment.text(7),
        code=part(marks, kind, 1),
        trigger=part(marks, kind, 2),
        control_id=segment.text(10),
        processing_id=segment.raw(11) or "P",
        version=segment.text(12) or "2.3",
        accept_acknowledgement=segment.text(15).upper(),
        application_acknowledgement=segment.text(16).upper(),
        charset=charset.name if segment.raw(18) else "",
    )
