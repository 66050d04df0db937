"""Event logs as others write them: what is read, what is set right, and what is refused in words."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from xinglin.applications.digital_twin.discovery import EventLog, read_log
from xinglin.foundation.errors import XinglinError

HEADER = "case_id,activity,resource,start_time,end_time\n"


def read(folder: Path, text: str, name: str = "log.csv") -> EventLog:
    file = folder / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_log(file)


def test_a_case_named_na_is_a_case_and_rows_may_come_in_any_order(tmp_path: Path) -> None:
    rows = (
        "NA,leave,,2026-01-05T10:00:00Z,2026-01-05T10:05:00Z\nNA,come,ann,2026-01-05T09:00:00Z,2026-01-05T09:05:00Z\n"
    )
    log = read(tmp_path, HEADER + rows + "1,come,,2026-01-04T09:00:00Z,2026-01-04T09:05:00Z\n")
    assert log.cases == ["1", "NA"]
    assert [log.activities[i] for i in log.activity] == ["come", "come", "leave"]
    assert log.resource.tolist() == [-1, 0, -1]


def test_a_log_of_completions_alone_has_steps_without_length(tmp_path: Path) -> None:
    text = (
        "case:concept:name,concept:name,time:timestamp\na,come,2026-01-05 09:00:00\na,go,2026-01-05 09:30:00.1234567\n"
    )
    log = read(tmp_path, text, "log.csv.gz")
    assert not log.has_starts
    assert (log.end == log.start).all()


def test_starts_and_completions_are_paired(tmp_path: Path) -> None:
    text = (
        "patient,handling,employee,registration_type,time\n"
        "1,scan,ann,start,2026-01-05T09:00:00\n1,scan,ann,complete,2026-01-05T09:30:00\n"
        "1,scan,ann,schedule,2026-01-05T08:00:00\n1,talk,bob,start,2026-01-05T10:00:00\n"
    )
    log = read(tmp_path, text)
    assert (log.end - log.start).tolist() == [1800.0, 0.0]
    assert [note[0][:2] for note in log.notes] == ["1 ", "1 "]


def test_xes_and_csv_tell_the_same(tmp_path: Path) -> None:
    events = "".join(
        f'<event><string key="concept:name" value="scan"/><string key="lifecycle:transition" value="{transition}"/>'
        f'<date key="time:timestamp" value="2026-01-05T09:{minute}:00+08:00"/></event>'
        for transition, minute in (("start", "00"), ("complete", "30"))
    )
    log = read(tmp_path, f'<log><trace><string key="concept:name" value="NA"/>{events}</trace></log>', "log.xes")
    other = read(tmp_path, HEADER + "NA,scan,,2026-01-05T09:00:00+08:00,2026-01-05T09:30:00+08:00\n")
    assert log.cases == other.cases
    assert (log.start == other.start).all() and (log.end == other.end).all()
    assert log.offset_seconds == other.offset_seconds == 8 * 3600


def test_a_step_that_ends_before_it_starts_is_taken_as_an_instant_and_told(tmp_path: Path) -> None:
    log = read(tmp_path, HEADER + "1,scan,,2026-01-05T09:00:00,2026-01-05T08:00:00\n")
    assert log.end[0] == log.start[0]
    assert "end before they start" in log.notes[0][0] and "结束早于开始" in log.notes[0][1]


REFUSED = {
    "no events": HEADER,
    "lacks the column.* case_id, activity, end_time": "",
    "lacks the column.* activity; it has: case_id, doing": "case_id,doing,end_time\n1,a,2026-01-05\n",
    "lacks the column.* end_time": "case_id,activity,start\n1,a,2026-01-05\n",
    "row 3.*'yesterday'": HEADER + "1,a,,2026-01-05,2026-01-05\n1,b,,yesterday,2026-01-05\n",
    "row 2 has no time": HEADER + "1,a,,,\n",
    "row 2 has no case": HEADER + ",a,,2026-01-05,2026-01-05\n",
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_cannot_be_read_is_refused_by_row_and_column_in_two_languages(told: str, tmp_path: Path) -> None:
    with pytest.raises(XinglinError, match=told) as refused:
        read(tmp_path, REFUSED[told])
    assert refused.value.chinese != refused.value.english


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.xes", b"<log><trace>"),
        ("bomb.xes", b'<!DOCTYPE x [<!ENTITY a "aa">]><log/>'),
        ("bomb16.xes", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "aa">]><log/>'.encode("utf-16")),
        ("broken.csv.gz", b"\x1f\x8b not gzip"),
        ("binary.csv", b"\xff\xfe\x00\x01"),
        ("quotes.csv", b'case_id,activity,end_time\n"1,a\x00'),
    ],
)
def test_a_file_that_is_no_log_is_refused_without_a_trace(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(XinglinError):
        read_log(tmp_path / name)
