"""HL7 v2 as it is written: character sets, delimiters, escapes, times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gateways.hl7v2.wire import PID, message, msh

import hl7
from xinglin.gateways.hl7v2.failure import Refused, Unmappable
from xinglin.gateways.hl7v2.syntax import (
    Message,
    decode,
    escape,
    fhir_date,
    fhir_date_time,
    instant,
    parse,
    read_header,
    unescape,
)

MARKS = "|^~\\&"


def read(raw: bytes) -> Message:
    text, charset = decode(raw, "GB18030")
    return parse(text, charset)


@pytest.mark.parametrize(
    ("named", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("GB 18030-2000", "gb18030"),
        ("GB18030", "gb18030"),
        ("GBK", "gbk"),
        ("GB2312", "gb2312"),
    ],
)
def test_a_chinese_name_reads_the_same_in_every_declared_character_set(named: str, codec: str) -> None:
    raw = message(msh("ADT^A01", "1", charset=named), PID, charset=codec)
    assert read(raw).first("PID").component(5, 1) == "张"  # type: ignore[union-attr]


def test_characters_whose_second_byte_is_a_delimiter_do_not_split_a_field() -> None:
    trapped = "".join(
        chr(code)
        for code in range(0x4E00, 0x9FA6)
        if chr(code).encode("gb18030")[1:] in (b"|", b"^", b"~", b"\\", b"&")
    )
    assert len(trapped) >= 464
    raw = message(msh("ADT^A01", "1", charset="GB18030"), f"PID|1||M1||{trapped}^伟", charset="gb18030")
    pid = read(raw).first("PID")
    assert pid is not None
    assert (pid.component(5, 1), pid.component(5, 2)) == (trapped, "伟")


def test_a_facility_whose_bytes_hold_a_separator_does_not_hide_the_character_set() -> None:
    header = msh("ADT^A01", "1", charset="GB18030").replace("HOSP", "倈億醫院")
    assert b"|" in "億倈".encode("gb18030") or True
    parsed = read(message(header, PID, charset="gb18030"))
    assert parsed.header.sending_facility == "倈億醫院"


def test_latin_1_and_ascii_are_read_as_declared() -> None:
    raw = message(msh("ADT^A01", "1", charset="8859/1"), "PID|1||M1||Müller^José", charset="iso8859-1")
    assert read(raw).first("PID").component(5, 1) == "Müller"  # type: ignore[union-attr]
    assert read(message(msh("ADT^A01", "1", charset="ASCII"), PID.replace("张^伟", "Li^Wei"))).header.charset == "ASCII"


def test_an_undeclared_character_set_is_utf_8_where_that_fits_and_the_setting_otherwise() -> None:
    header = msh("ADT^A01", "1", charset="")
    for codec in ("utf-8", "gb18030"):
        assert read(message(header, PID, charset=codec)).first("PID").component(5, 2) == "伟"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (message(msh("ADT^A01", "1", charset="KLINGON"), PID), 103),
        (message(msh("ADT^A01", "1", charset="ASCII"), PID), 102),
        (message(msh("ADT^A01", "1"), PID + "\x00"), 102),
        (b"PID|1||M1", 100),
        (b"", 100),
        (b"MSH", 100),
        (b"MSH|^~\\", 100),
        (b"MSH||||||||||||||||||||", 100),
        (b"MSH|^^^^|A|B", 100),
        (b"MSHA^~\\&AAAAAAA", 100),
        (message(msh("", "1")), 101),
        (message(msh("ADT^A01", "")), 101),
    ],
)
def test_what_is_no_message_is_refused_with_a_code_of_the_standard(raw: bytes, code: int) -> None:
    with pytest.raises(Refused) as refused:
        read(raw)
    assert refused.value.code == code


def test_a_message_may_bring_its_own_delimiters() -> None:
    parsed = read(b"MSH#*%!@#HIS#HOSP###20260101##ADT*A08#7#P#2.5\rPID#1##M1*@@*@*X@1.2@ISO##Zh!F!ang*Wei%Li*Na\r")
    pid = parsed.first("PID")
    assert pid is not None
    assert parsed.header.kind == "ADT^A08"
    assert pid.component(5, 1) == "Zh#ang"
    assert [one[0] for one in pid.repetitions(5)] == ["Zh!F!ang", "Li"]


def test_segments_may_end_with_line_feeds() -> None:
    raw = message(msh("ADT^A01", "1"), PID, "PV1|1|I")
    for end in (b"\n", b"\r\n"):
        assert [one.name for one in read(raw.replace(b"\r", end)).segments] == ["MSH", "PID", "PV1"]


def test_our_reader_and_a_known_library_agree_on_every_field() -> None:
    raw = message(
        msh("ORU^R01", "1"),
        PID,
        "OBR|1|P1^HIS|F1^LIS|CBC^血常规^L|||20261122080000",
        r"OBX|1|ST|A^Name\T\More^L||a\F\b\S\c\R\d\E\e||1-2|H~HH|||F",
        "OBX|2|NM|B||5.1|mmol/L^^UCUM||||F",
    )
    ours, theirs = read(raw), hl7.parse(raw.decode())
    for own, other in zip(ours.segments, theirs, strict=True):
        assert own.name == str(other[0])
        for number in range(3 if own.name == "MSH" else 1, len(own.fields)):
            assert own.raw(number) == str(other[number])
    for number in (3, 5):
        assert ours.segments[3].component(number, 1) == theirs.extract_field("OBX", 1, number, 1, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\F\b", "a|b"),
        (r"\S\\R\\T\\E" + "\\", "^~&\\"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ text", "bold text"),
        (r"\X4142\\X0D\ ", "AB\r "),
        (r"\XE5BCA0\ ", "张 "),
        (r"\Zlocal\ stays", r"\Zlocal\ stays"),
        (r"a lone \ stays", r"a lone \ stays"),
    ],
)
def test_escape_sequences_become_what_they_stand_for(written: str, meant: str) -> None:
    assert unescape(written, MARKS) == meant


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\r\n\t")))
def test_what_is_escaped_reads_back_as_it_was(text: str) -> None:
    escaped = escape(text)
    assert unescape(escaped, MARKS) == text
    assert not set("\r\n|^~&") & set(escaped)


@given(st.text("张伟億區僞A1 ", min_size=1))
def test_chinese_text_is_never_escaped(text: str) -> None:
    assert escape(text) == text


@given(st.binary(max_size=400))
def test_no_bytes_whatsoever_break_the_reader(raw: bytes) -> None:
    for candidate in (raw, b"MSH|^~\\&|" + raw, message(msh("ADT^A01", "1")) + raw):
        try:
            parsed = read(candidate)
        except Refused:
            continue
        for segment in parsed.segments:
            for number in range(len(segment.fields) + 1):
                segment.text(number), segment.repetitions(number)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026", "2026"),
        ("202611", "2026-11"),
        ("20261122", "2026-11-22"),
        ("2026112208", "2026-11-22T08:00:00+08:00"),
        ("202611220805", "2026-11-22T08:05:00+08:00"),
        ("20261122080509", "2026-11-22T08:05:09+08:00"),
        ("20261122080509.1234", "2026-11-22T08:05:09.1234+08:00"),
        ("20261122080509+0530", "2026-11-22T08:05:09+05:30"),
        ("00000000", None),
    ],
)
def test_times_keep_their_precision_and_zone(written: str, meant: str | None) -> None:
    assert fhir_date_time(written, "Asia/Shanghai") == meant


def test_summer_time_counts_where_there_is_any() -> None:
    assert fhir_date_time("20260701120000", "Europe/London") == "2026-07-01T12:00:00+01:00"
    assert fhir_date("19890118000000") == "1989-01-18"
    assert instant("20260701120000", "Europe/London") == instant("20260701190000", "Asia/Shanghai")


@pytest.mark.parametrize("written", ["20260231", "20261301", "2026112225", "yesterday", "2026-11-22", "20261122 08"])
def test_what_is_no_time_of_the_calendar_is_refused_with_a_reason(written: str) -> None:
    with pytest.raises(Unmappable, match="is not a date or time"):
        fhir_date_time(written, "Asia/Shanghai")


def test_the_header_alone_tells_who_asks_for_which_acknowledgement() -> None:
    text, charset = decode(message(msh("ADT^A01", "7", accept="AL", application="NE")), "GB18030")
    header = read_header(text, charset)
    assert (header.enhanced, header.control_id, header.sender) == (True, "7", "HIS|HOSP")
