"""Files are loaded once, whatever happens on the way, and what is refused is told with its line."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from faults.load import is_running
from xinglin.data_platform.store import Loader, Progress, Store, StoreSettings, Summary, Target
from xinglin.foundation.database import Database, DatabaseSettings
from xinglin.foundation.errors import XinglinError

BASE = "http://node/fhir"
Load = Callable[..., Any]


@pytest.fixture
def load(database_settings: DatabaseSettings, tmp_path: Path) -> Load:
    async def load(*paths: Path, settings: StoreSettings | None = None, told: list[Progress] | None = None) -> Summary:
        target = Target(database_settings, settings or StoreSettings(), BASE)
        tell = told.append if told is not None else lambda _: None
        return await Loader(target, tmp_path / "refused.ndjson", tell, 2).load(paths)

    return load


def observation(id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": id_, "status": "final", "code": {"text": "pulse"}, **more}


def ndjson(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def fresh() -> str:
    return uuid.uuid4().hex[:10]


async def versions(database: Database, prefix: str) -> list[tuple[str, int]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT id, version FROM resource WHERE starts_with(id, $1) ORDER BY id", prefix)
    return [tuple(row) for row in rows]


def listed(summary: Summary) -> list[dict[str, Any]]:
    assert summary.refusals is not None
    return [json.loads(line) for line in summary.refusals.read_text("utf-8").splitlines()]


async def test_lines_are_put_at_their_own_ids_and_can_be_searched(
    load: Load, database: Database, store: Store, tmp_path: Path
) -> None:
    mark = fresh()
    patient = {
        "resourceType": "Patient",
        "id": f"{mark}-p",
        "name": [{"family": f"杏{mark}"}],
        "birthDate": "1980-02-03",
    }
    file = ndjson(
        tmp_path / "a.ndjson", patient, "", observation(f"{mark}-o", subject={"reference": f"Patient/{mark}-p"})
    )
    summary = await load(file)
    assert (summary.tally.taken, summary.tally.created, summary.tally.refused) == (2, 2, 0)
    assert summary.refusals is None
    async with database.connection() as connection:
        page = await store.search(connection, "Observation", [("subject", f"Patient/{mark}-p")])
        stored = await store.read(connection, "Patient", f"{mark}-p")
    assert [found.id for found in page.matches] == [f"{mark}-o"]
    assert stored["name"] == [{"family": f"杏{mark}"}]
    assert stored["meta"]["versionId"] == "1"


async def test_a_second_run_skips_the_file_under_any_name_and_changes_nothing(
    load: Load, database: Database, tmp_path: Path
) -> None:
    mark = fresh()
    file = ndjson(tmp_path / "a.ndjson", *(observation(f"{mark}-{n}") for n in range(5)))
    await load(file)
    again = await load(file.rename(tmp_path / "renamed.ndjson"))
    assert (again.skipped, again.taken_now, again.tally.taken) == (1, 0, 5)
    assert await versions(database, mark) == [(f"{mark}-{n}", 1) for n in range(5)]


async def test_a_changed_file_writes_only_what_differs(load: Load, database: Database, tmp_path: Path) -> None:
    mark = fresh()
    file = ndjson(tmp_path / "a.ndjson", observation(f"{mark}-0"), observation(f"{mark}-1"))
    await load(file)
    ndjson(file, observation(f"{mark}-0"), observation(f"{mark}-1", status="amended"))
    summary = await load(file)
    assert (summary.skipped, summary.tally.taken, summary.tally.created) == (0, 2, 0)
    assert await versions(database, mark) == [(f"{mark}-0", 1), (f"{mark}-1", 2)]


async def test_what_is_refused_is_listed_with_its_line_and_the_rest_goes_on(
    load: Load, database: Database, tmp_path: Path
) -> None:
    mark = fresh()
    long = observation(f"{mark}-long", note=[{"text": "x" * 3000}])
    file = ndjson(
        tmp_path / "a.ndjson",
        observation(f"{mark}-0"),
        "{not json",
        {"resourceType": "Observation", "id": f"{mark}-bad", "status": "final"},
        {"resourceType": "Observation", "status": "final", "code": {"text": "pulse"}},
        {"resourceType": "Nonsense", "id": "x"},
        long,
        observation(f"{mark} bad id"),
        observation(f"{mark}-9"),
    )
    settings = StoreSettings(max_resource_bytes=2000)
    summary = await load(file, settings=settings)
    assert (summary.tally.taken, summary.tally.refused) == (2, 6)
    found = listed(summary)
    assert [one["line"] for one in found] == [2, 3, 4, 5, 6, 7]
    assert {one["file"] for one in found} == {str(file)}
    assert "code" in found[1]["english"] and "id is missing" in found[2]["english"]
    assert "Nonsense" in found[3]["english"] and "max_resource_bytes" in found[4]["english"]
    assert all(one["chinese"] != one["english"] for one in found)
    assert await versions(database, mark) == [(f"{mark}-0", 1), (f"{mark}-9", 1)]
    assert [one["line"] for one in listed(await load(file, settings=settings))] == [2, 3, 4, 5, 6, 7]


async def test_search_parameters_that_collide_are_refused_by_their_lines(load: Load, tmp_path: Path) -> None:
    code = f"c{fresh()}"

    def parameter(id_: str, **more: Any) -> dict[str, Any]:
        return {
            "resourceType": "SearchParameter",
            "id": id_,
            "url": f"urn:{id_}",
            "name": "X",
            "status": "active",
            "description": "x",
            "code": code,
            "base": ["Patient"],
            "type": "token",
            "expression": "Patient.extension('urn:x').value",
            **more,
        }

    lines = (parameter(f"{code}-1"), parameter(f"{code}-2"), observation(f"{code}-3"), parameter("bad", base=["Bed"]))
    summary = await load(ndjson(tmp_path / "parameters.ndjson", *lines))
    assert (summary.tally.taken, summary.tally.refused) == (2, 2)
    assert sorted(one["line"] for one in listed(summary)) == [2, 4]


async def test_one_id_twice_in_a_file_is_two_versions(load: Load, database: Database, tmp_path: Path) -> None:
    mark = fresh()
    await load(ndjson(tmp_path / "a.ndjson", observation(f"{mark}-0"), observation(f"{mark}-0", status="amended")))
    assert await versions(database, mark) == [(f"{mark}-0", 2)]


async def test_events_tell_what_was_loaded(load: Load, database: Database, tmp_path: Path) -> None:
    mark = fresh()
    subject = {"reference": f"Patient/{mark}"}
    await load(ndjson(tmp_path / "a.ndjson", *(observation(f"{mark}-{n}", subject=subject) for n in range(3))))
    async with database.connection() as connection:
        bodies = await connection.fetch("SELECT body FROM event WHERE ordering_key = $1", f"Patient/{mark}")
    told = [change["id"] for row in bodies for change in json.loads(row["body"])["changes"]]
    assert told == [f"{mark}-{n}" for n in range(3)]


async def test_folders_and_compressed_files_are_loaded(load: Load, database: Database, tmp_path: Path) -> None:
    mark = fresh()
    inner = tmp_path / "in" / "deep"
    inner.mkdir(parents=True)
    lines = "".join(json.dumps(observation(f"{mark}-{n}")) + "\r\n" for n in range(2500))
    (inner / "many.ndjson.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + lines.encode()))
    (inner / "one.json").write_text(json.dumps(observation(f"{mark}-one")))
    (inner / "README.txt").write_text("not for loading")
    summary = await load(tmp_path / "in")
    assert (summary.files, summary.tally.taken, summary.tally.refused) == (2, 2501, 0)
    assert len(await versions(database, mark)) == 2501


async def test_a_truncated_file_is_told_of_and_what_comes_before_is_there(
    load: Load, database: Database, tmp_path: Path
) -> None:
    mark = fresh()
    lines = "".join(json.dumps(observation(f"{mark}-{uuid.uuid4()}")) + "\n" for _ in range(3000))
    whole = gzip.compress(lines.encode())
    (tmp_path / "cut.ndjson.gz").write_bytes(whole[: len(whole) * 3 // 4])
    for _ in range(2):
        summary = await load(tmp_path / "cut.ndjson.gz")
        assert summary.skipped == 0
        assert "not complete" in listed(summary)[0]["english"]
    assert len(await versions(database, mark)) == 2000


def transaction(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [
        {
            "fullUrl": f"urn:uuid:{uuid.uuid4()}",
            "resource": one,
            "request": {"method": "POST", "url": one["resourceType"]},
        }
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def test_a_transaction_is_carried_out_once_with_its_links(
    load: Load, database: Database, store: Store, tmp_path: Path
) -> None:
    mark = fresh()
    patient = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": mark}]}
    bundle = transaction(patient, observation("ignored"))
    bundle["entry"][1]["resource"]["subject"] = {"reference": bundle["entry"][0]["fullUrl"]}
    (tmp_path / "t.json").write_text(json.dumps(bundle))
    for _ in range(2):
        assert (await load(tmp_path / "t.json")).tally.created == 2
    async with database.connection() as connection:
        page = await store.search(connection, "Observation", [("subject:Patient.identifier", f"urn:mrn|{mark}")])
    assert len(page.matches) == 1


async def test_a_transaction_waits_for_what_another_file_brings(
    load: Load, database: Database, store: Store, tmp_path: Path
) -> None:
    mark = fresh()
    early = transaction(observation("x", subject={"reference": f"Patient?identifier=urn:mrn|{mark}"}))
    late = transaction({"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": mark}]})
    (tmp_path / "1.json").write_text(json.dumps(early))
    (tmp_path / "2.json").write_text(json.dumps(late))
    summary = await load(tmp_path)
    assert (summary.tally.taken, summary.tally.refused) == (2, 0)


async def test_a_transaction_that_refers_to_nothing_is_refused_as_a_whole(load: Load, tmp_path: Path) -> None:
    lost = transaction(observation("x", subject={"reference": f"Patient?identifier=urn:mrn|{fresh()}"}))
    (tmp_path / "1.json").write_text(json.dumps(lost))
    summary = await load(tmp_path / "1.json")
    assert (summary.tally.taken, summary.tally.refused) == (0, 1)
    assert "nothing matches" in listed(summary)[0]["english"]


async def test_the_entries_of_a_collection_and_of_a_batch_stand_alone(
    load: Load, database: Database, tmp_path: Path
) -> None:
    mark = fresh()
    unnamed = uuid.uuid4()
    collection = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:{unnamed}", "resource": {"resourceType": "Patient"}},
            {"resource": observation(f"{mark}-0", subject={"reference": f"urn:uuid:{unnamed}"})},
            {"resource": {"resourceType": "Observation", "id": f"{mark}-bad"}},
        ],
    }
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"resource": observation(f"{mark}-1"), "request": {"method": "PUT", "url": f"Observation/{mark}-1"}},
            {"resource": {"resourceType": "Observation"}, "request": {"method": "POST", "url": "Observation"}},
        ],
    }
    (tmp_path / "c.json").write_text(json.dumps(collection))
    (tmp_path / "b.json").write_text(json.dumps(batch))
    summary = await load(tmp_path)
    assert (summary.tally.taken, summary.tally.refused) == (3, 2)
    assert [(Path(one["file"]).name, one["entry"]) for one in listed(summary)] == [("b.json", 1), ("c.json", 2)]
    async with database.connection() as connection:
        subject = await connection.fetchval("SELECT content FROM resource WHERE id = $1", f"{mark}-0")
    assert json.loads(subject)["subject"] == {"reference": f"Patient/{unnamed}"}


async def test_a_document_that_is_no_bundle_of_ours_is_refused_with_what_is_taken(load: Load, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"resourceType": "Bundle", "type": "message", "entry": []}))
    (tmp_path / "n.json").write_text("[1, 2]")
    (tmp_path / "o.json").write_text(json.dumps(transaction(observation("x", note=[{"text": "x" * 9000}]))))
    summary = await load(tmp_path, settings=StoreSettings(max_bundle_bytes=5000))
    reasons = {Path(one["file"]).name: one["english"] for one in listed(summary)}
    assert summary.tally.refused == 3
    assert "transaction, batch, collection" in reasons["m.json"]
    assert "JSON object" in reasons["n.json"]
    assert "max_bundle_bytes" in reasons["o.json"]


@pytest.mark.parametrize("name", ["absent.ndjson", "wrong.csv", "empty"])
async def test_paths_with_nothing_to_load_are_refused_in_words(load: Load, tmp_path: Path, name: str) -> None:
    (tmp_path / "wrong.csv").write_text("a,b")
    (tmp_path / "empty").mkdir()
    with pytest.raises(XinglinError) as caught:
        await load(tmp_path / name)
    assert str(tmp_path / name) in caught.value.english and caught.value.chinese != caught.value.english


async def test_progress_reaches_the_whole(load: Load, tmp_path: Path) -> None:
    told: list[Progress] = []
    mark = fresh()
    await load(ndjson(tmp_path / "a.ndjson", *(observation(f"{mark}-{n}") for n in range(1500))), told=told)
    assert told[-1].share == 1.0 and told[-1].tally.taken == 1500 and told[-1].per_second > 0


_KILLED = """
import asyncio, json, sys
from pathlib import Path
from xinglin.data_platform.store import Loader, StoreSettings, Target
from xinglin.foundation.database import DatabaseSettings

if __name__ == "__main__":
    settings = DatabaseSettings(**json.loads(sys.argv[1]))
    target = Target(settings, StoreSettings(), "http://node/fhir")
    asyncio.run(Loader(target, Path(sys.argv[2]), lambda _: None, 2).load([Path(sys.argv[3])]))
"""


async def test_a_killed_load_leaves_no_process_and_goes_on_without_doing_anything_twice(
    load: Load, database: Database, database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    """POSTs in Bundles have no id of their own: done twice they would be there twice."""
    mark, many = fresh(), 120
    for n in range(many):
        people = [{"resourceType": "Patient", "identifier": [{"system": mark, "value": f"{n}-{m}"}]} for m in range(20)]
        (tmp_path / f"{n:03}.json").write_text(json.dumps(transaction(*people)))
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    asked = [json.dumps({"url": database_settings.url}), str(tmp_path / "r.ndjson"), str(tmp_path)]
    process = subprocess.Popen([sys.executable, str(script), *asked], env={**os.environ, "PYTHONPATH": "src"})
    committed = 0
    async with asyncio.timeout(60):
        while committed < 5:
            await asyncio.sleep(0.02)
            async with database.connection() as connection:
                committed = await connection.fetchval(
                    "SELECT count(*) FROM resource WHERE content::text LIKE $1", f"%{mark}%"
                )
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    async with asyncio.timeout(20):
        while any(is_running(worker.pid) for worker in workers):
            await asyncio.sleep(0.05)
    summary = await load(tmp_path)
    assert summary.tally.taken == many * 20
    assert summary.taken_now < many * 20, "the load was over before it was killed"
    connection = await asyncpg.connect(database_settings.owner_url)
    there = await connection.fetchval("SELECT count(*) FROM resource WHERE content::text LIKE $1", f"%{mark}%")
    await connection.close()
    assert there == many * 20


async def test_a_large_file_is_loaded_with_bounded_memory(load: Load, tmp_path: Path) -> None:
    """64 MiB of lines that are all refused: reading and dealing alone, which is where a file could pile up."""
    file = tmp_path / "large.ndjson"
    line = (json.dumps({"resourceType": "Nonsense", "id": "x", "text": "x" * 65_000}) + "\n").encode()
    with file.open("wb") as out:
        for _ in range(1000):
            out.write(line)
    before = psutil.Process().memory_info().rss
    highest = before

    async def watch() -> None:
        nonlocal highest
        while True:
            highest = max(highest, psutil.Process().memory_info().rss)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    summary = await load(file)
    watching.cancel()
    assert summary.tally.refused == 1000
    assert highest - before < 48 * 2**20


async def test_a_load_whose_process_is_ended_says_so_and_can_be_started_again(
    load: Load, database: Database, tmp_path: Path
) -> None:
    mark = fresh()
    file = ndjson(tmp_path / "a.ndjson", *(observation(f"{mark}-{n}") for n in range(6000)))
    loading = asyncio.create_task(load(file))
    async with asyncio.timeout(60):
        while not await versions(database, mark):
            await asyncio.sleep(0.02)
    loaders = [one for one in psutil.Process().children() if any("spawn_main" in word for word in one.cmdline())]
    for one in loaders:
        one.kill()
    with pytest.raises(XinglinError) as caught:
        await loading
    assert "start the load again" in caught.value.english
    assert (await load(file)).tally.taken == 6000
    assert {version for _, version in await versions(database, mark)} == {1}
