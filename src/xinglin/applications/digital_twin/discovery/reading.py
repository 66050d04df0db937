"""Reading event logs that others wrote: CSV (also .gz) and XES, with or without start times."""

from __future__ import annotations

import csv
import gzip
import io
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from xinglin.foundation.errors import Category, XinglinError

from .eventlog import EventLog, make_log

# The names under which a column is known, the surest first; compared in lower case without signs.
_NAMES = {
    "case": ("caseconceptname", "caseid", "case", "traceid", "patientid", "patient", "encounterid", "visitid"),
    "activity": ("activity", "conceptname", "activityname", "task", "handling", "event", "eventname"),
    "resource": ("resource", "orgresource", "employee", "user", "orggroup", "group", "role"),
    "start": ("starttime", "starttimestamp", "start", "timestart", "startdate", "begintime"),
    "end": ("endtime", "endtimestamp", "end", "completetime", "completetimestamp", "enddate", "timeend"),
    "time": ("timetimestamp", "timestamp", "time", "datetime", "eventtime"),
    "lifecycle": ("lifecycletransition", "lifecycle", "registrationtype", "transition", "eventtype"),
    "instance": ("activityinstanceid", "conceptinstance", "activityinstance", "handlingid", "instanceid"),
}
_OTHER_FORMATS = (
    "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S %z",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
)  # fmt: skip
_FRACTION = re.compile(r"(\.\d{6})\d+")
_MOST_BYTES = 1 << 31


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    case: str
    activity: str
    resource: str
    start: str
    end: str
    lifecycle: str
    instance: str


@dataclass
class _Repairs:
    """What was set right, counted."""

    backwards: int = 0
    unpaired: int = 0
    skipped: int = 0
    offsets: Counter[int] = field(default_factory=Counter)

    def notes(self) -> tuple[tuple[str, str], ...]:
        told = []
        if self.backwards:
            told.append(
                (
                    f"{self.backwards} events end before they start: taken as ending when they start",
                    f"{self.backwards} 个事件结束早于开始：按开始时刻即结束处理",
                )
            )
        if self.unpaired:
            told.append(
                (
                    f"{self.unpaired} events have only a start or only an end: taken as instants",
                    f"{self.unpaired} 个事件只有开始或只有结束：按瞬时事件处理",
                )
            )
        if self.skipped:
            told.append(
                (
                    f"{self.skipped} rows of other lifecycle transitions were left out",
                    f"略去 {self.skipped} 行其他生命周期状态",
                )
            )
        return tuple(told)


def _refuse(english: str, chinese: str, file: Path) -> XinglinError:
    return XinglinError(Category.INVALID, f"{file.name}: {english}", f"{file.name}：{chinese}")


def read_log(file: Path) -> EventLog:
    """Reads a CSV or XES log, by its name's ending; ``.gz`` is unpacked.

    Case ids are text ("NA" is one). Rows may come in any order. A log of completions alone has start = end. Where
    rows are single moments with a lifecycle, starts and completions are paired, by instance where there is a column for
    it, else in turn. NOT_FOUND, or INVALID naming the row, the column or what else is amiss.
    """
    if not file.is_file():
        raise XinglinError(Category.NOT_FOUND, f"{file}: no such file", f"{file}：文件不存在")
    try:
        raw = file.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                raw = packed.read(_MOST_BYTES)
    except (OSError, EOFError) as error:
        raise _refuse("cannot be unpacked", "无法解压", file) from error
    plain = file.name.lower().removesuffix(".gz")
    rows = list(_xes(raw, file) if plain.endswith(".xes") else _csv(raw, file))
    if not rows:
        raise _refuse("it holds no events", "没有任何事件", file)
    repairs = _Repairs()
    moments = any(row.lifecycle for row in rows) and not any(row.start for row in rows)
    events = _paired(rows, file, repairs) if moments else [_whole(row, file, repairs) for row in rows]
    if not events:
        raise _refuse("it holds no event that was started or completed", "没有开始或完成的事件", file)
    has_starts = any(end > start for *_, start, end in events)
    return make_log(events, has_starts, repairs.offsets.most_common(1)[0][0], repairs.notes())


def _text(raw: bytes, file: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refuse("is neither UTF-8 nor GB18030 text", "既非 UTF-8 也非 GB18030 文本", file)


def _csv(raw: bytes, file: Path) -> Iterator[_Row]:
    text = _text(raw, file)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        place = _columns(header, file)
        for number, cells in enumerate(reader, start=2):
            if not any(cell.strip() for cell in cells):
                continue

            def cell(name: str, cells: list[str] = cells) -> str:
                at = place.get(name)
                return cells[at].strip() if at is not None and at < len(cells) else ""

            case, activity = cell("case"), cell("activity")
            if not case or not activity:
                raise _refuse(f"row {number} has no case or no activity", f"第 {number} 行缺少病例号或活动", file)
            who = cell("resource")
            times = cell("start"), cell("end") or cell("time")
            yield _Row(number, case, activity, who, *times, cell("lifecycle").lower(), cell("instance"))
    except csv.Error as error:
        raise _refuse(f"cannot be read as CSV: {error}", f"无法按 CSV 读取：{error}", file) from error


def _columns(header: list[str], file: Path) -> dict[str, int]:
    plain = [re.sub(r"[^a-z]", "", name.lower()) for name in header]
    place = {}
    for meaning, names in _NAMES.items():
        found = [plain.index(name) for name in names if name in plain]
        if found:
            place[meaning] = found[0]
    lacking = [meaning for meaning in ("case", "activity") if meaning not in place]
    if "end" not in place and "time" not in place:
        lacking.append("end_time")
    if lacking:
        told = {"case": "case_id", "activity": "activity"}
        missing = ", ".join(told.get(each, each) for each in lacking)
        has = ", ".join(header)[:300] or "-"
        raise _refuse(f"lacks the column(s) {missing}; it has: {has}", f"缺少列：{missing}；现有列：{has}", file)
    return place


def _xes(raw: bytes, file: Path) -> Iterator[_Row]:
    if any("<!ENTITY".encode(encoding) in raw for encoding in ("ascii", "utf-16-le", "utf-16-be")):
        raise _refuse("declares XML entities, which a log has no need of", "含有 XML 实体声明，不予读取", file)
    number = 0
    try:
        root = ET.fromstring(raw)  # noqa: S314 - entities were refused
    except ET.ParseError as error:
        raise _refuse(f"cannot be read as XES: {error}", f"无法按 XES 读取：{error}", file) from error
    for index, trace in enumerate(each for each in root if _tag(each) == "trace"):
        name = _attributes(trace).get("concept:name", str(index))
        for event in (each for each in trace if _tag(each) == "event"):
            number += 1
            told = _attributes(event)
            if not told.get("concept:name"):
                raise _refuse(f"event {number} has no concept:name", f"第 {number} 个事件没有 concept:name", file)
            who = told.get("org:resource") or told.get("org:group", "")
            start = told.get("time:start") or told.get("start_timestamp", "")
            transition, instance = told.get("lifecycle:transition", "").lower(), told.get("concept:instance", "")
            yield _Row(
                number, name, told["concept:name"], who, start, told.get("time:timestamp", ""), transition, instance
            )


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(element: ET.Element) -> dict[str, str]:
    return {each.get("key", ""): each.get("value", "") for each in element if _tag(each) != "event"}


def _seconds(text: str, row: _Row, file: Path, repairs: _Repairs) -> float:
    """An instant; text without a zone is taken as UTC."""
    told = _FRACTION.sub(r"\1", text)
    moment = None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        for form in _OTHER_FORMATS:
            try:
                moment = datetime.strptime(told, form)  # noqa: DTZ007 - the zone is set below
                break
            except ValueError:
                continue
    if moment is None:
        raise _refuse(
            f"row {row.number}: the time {text!r} cannot be read", f"第 {row.number} 行：无法读取时间 {text!r}", file
        )
    offset = moment.utcoffset()
    repairs.offsets[int(offset.total_seconds()) if offset is not None else 0] += 1
    return (moment if offset is not None else moment.replace(tzinfo=UTC)).timestamp()


def _whole(row: _Row, file: Path, repairs: _Repairs) -> tuple[str, str, str, float, float]:
    """An event told in one row; one missing time is taken from the other."""
    if not row.start and not row.end:
        raise _refuse(f"row {row.number} has no time", f"第 {row.number} 行没有时间", file)
    start = _seconds(row.start or row.end, row, file, repairs)
    end = _seconds(row.end, row, file, repairs) if row.end else start
    if row.start and not row.end:
        repairs.unpaired += 1
    if end < start:
        repairs.backwards += 1
        end = start
    return row.case, row.activity, row.resource, start, end


def _paired(rows: list[_Row], file: Path, repairs: _Repairs) -> list[tuple[str, str, str, float, float]]:
    """Events from single moments: a completion takes the earliest open start of its case, activity, instance."""
    timed = []
    for row in rows:
        if row.lifecycle not in ("start", "complete", ""):
            repairs.skipped += 1
            continue
        if not row.end:
            raise _refuse(f"row {row.number} has no time", f"第 {row.number} 行没有时间", file)
        timed.append((_seconds(row.end, row, file, repairs), row.lifecycle != "start", row))
    events = []
    open_starts: dict[tuple[str, str, str], deque[tuple[float, _Row]]] = defaultdict(deque)
    any_start = any(not complete for _, complete, _ in timed)
    by_instance = any_start and all(row.instance for _, _, row in timed)
    for moment, complete, row in sorted(timed, key=lambda each: (each[0], each[1])):
        key = row.case, row.activity, row.instance if by_instance else ""
        if not complete:
            open_starts[key].append((moment, row))
        elif open_starts[key]:
            begun, starter = open_starts[key].popleft()
            events.append((row.case, row.activity, row.resource or starter.resource, begun, moment))
        else:
            repairs.unpaired += any_start
            events.append((row.case, row.activity, row.resource, moment, moment))
    for waiting in open_starts.values():
        for moment, row in waiting:
            repairs.unpaired += 1
            events.append((row.case, row.activity, row.resource, moment, moment))
    return events
