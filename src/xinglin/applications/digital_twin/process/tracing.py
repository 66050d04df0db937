"""The event log of a simulation, as CSV, XES or OCEL, with clock times."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from .checking import kinds
from .network import Network

COLUMNS = ("case_id", "activity", "resource", "enable_time", "start_time", "end_time", "class")


def steps(network: Network, log: Any, begin: datetime) -> Iterator[dict[str, str]]:
    """One row of text for each finished step of a replication's log, in the order in which they ended.

    ``begin`` is the clock time of minute 0. Beside COLUMNS each attribute of the patient has a column.
    """
    every_kind = kinds(network)

    def clock(minutes: float) -> str:
        return (begin + timedelta(minutes=float(minutes))).isoformat(timespec="milliseconds")

    for line in log:
        class_name, attributes = every_kind[line["kind"]]
        yield {
            "case_id": str(line["case"]),
            "activity": network.stations[line["station"]].name,
            "resource": network.pools[line["pool"]].name if line["pool"] >= 0 else "",
            "enable_time": clock(line["queued"]),
            "start_time": clock(line["started"]),
            "end_time": clock(line["ended"]),
            "class": class_name,
            **attributes,
        }


def write_csv(network: Network, log: Any, begin: datetime, file: Path) -> None:
    """Writes a replication's log as CSV with a header."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*COLUMNS, *network.attributes])
        writer.writeheader()
        writer.writerows(steps(network, log, begin))


def write_xes(network: Network, log: Any, begin: datetime, file: Path) -> None:
    """Writes a replication's log as XES (IEEE 1849): a start and a complete event for each step, by case."""
    cases: dict[str, list[dict[str, str]]] = {}
    for row in steps(network, log, begin):
        cases.setdefault(row["case_id"], []).append(row)
    with file.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xmlns="http://www.xes-standard.org/">\n'
        )
        for case, rows in cases.items():
            out.write(f'<trace><string key="concept:name" value={quoteattr(case)}/>\n')
            moments = [(row["start_time"], 0, "start", row) for row in rows]
            moments += [(row["end_time"], 1, "complete", row) for row in rows]
            for time, _, transition, row in sorted(moments, key=lambda each: (each[0], each[1])):
                out.write(_event(time, transition, row))
            out.write("</trace>\n")
        out.write("</log>\n")


def _event(time: str, transition: str, row: dict[str, str]) -> str:
    told = {"concept:name": row["activity"], "org:resource": row["resource"], "lifecycle:transition": transition}
    texts = "".join(f"<string key={quoteattr(key)} value={quoteattr(value)}/>" for key, value in told.items() if value)
    return f'<event>{texts}<date key="time:timestamp" value={quoteattr(time)}/></event>\n'


def write_ocel(network: Network, log: Any, begin: datetime, file: Path) -> None:
    """Writes a replication's log as OCEL 2.0 JSON: every step an event of its patient and of its pool, if any."""
    events, patients = [], {}
    for number, row in enumerate(steps(network, log, begin)):
        patient = f"patient {row['case_id']}"
        patients[patient] = {"id": patient, "type": "patient", "attributes": []}
        related = [{"objectId": patient, "qualifier": "patient"}]
        if row["resource"]:
            related.append({"objectId": f"pool {row['resource']}", "qualifier": "pool"})
        times = [{"name": name, "value": row[name]} for name in ("enable_time", "start_time", "class")]
        told = {"id": f"step {number}", "type": row["activity"], "time": row["end_time"], "attributes": times}
        events.append(told | {"relationships": related})
    pools = [{"id": f"pool {pool.name}", "type": "pool", "attributes": []} for pool in network.pools]
    sorts = [("enable_time", "time"), ("start_time", "time"), ("class", "string")]
    attributes = [{"name": name, "type": sort} for name, sort in sorts]
    document = {
        "objectTypes": [{"name": name, "attributes": []} for name in ("patient", "pool")],
        "eventTypes": [{"name": station.name, "attributes": attributes} for station in network.stations],
        "objects": [*patients.values(), *pools],
        "events": events,
    }
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
