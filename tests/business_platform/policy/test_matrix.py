"""The matrix: every role, every type, every situation of a patient, two hospitals, every way of asking.

Each answer is held against ``expected.txt``, which people wrote; nothing of it is made from the rules.
"""

from __future__ import annotations

from asking import Caller, shown
from expectation import expected
from hospitals import SITUATIONS, id_in, people
from specimens import TYPES, can_be_in_a_record
from web_process import Process

from xinglin.business_platform.access.policy.category import category_of


def open_to(role: str, type_: str) -> set[str]:
    """``Type/id`` of the specimens of ``type_`` that ``role`` is shown."""
    table, found = expected(), set()
    for situation in SITUATIONS:
        of_nobody = situation == "nobody"
        if of_nobody == can_be_in_a_record(type_) or category_of(type_) not in table[role, situation]:
            continue
        found.add(f"{type_}/{id_in(situation, type_)}")
    return found


def specimens_of(type_: str, answer: set[str]) -> set[str]:
    """What of ``answer`` is a specimen of the matrix."""
    all_of_type = {f"{type_}/{id_in(situation, type_)}" for situation in SITUATIONS}
    return answer & all_of_type


async def test_matrix_of_reads(hospitals: Process, role: str) -> None:
    cells = 0
    ask = hospitals.caller(people()[role])
    for type_ in TYPES:
        wanted = open_to(role, type_)
        for situation in SITUATIONS:
            place = f"{type_}/{id_in(situation, type_)}"
            answer = await ask("GET", f"/fhir/{place}")
            assert (answer.status == 200) is (place in wanted), (role, situation, place, answer.body[:300])
            assert answer.status in (200, 403, 404), (role, place, answer.status)
            cells += 1
    print(f"{role}: {cells} cells")


async def test_matrix_of_searches(hospitals: Process, role: str) -> None:
    cells = 0
    ask = hospitals.caller(people()[role])
    for type_ in TYPES:
        wanted = open_to(role, type_)
        for url in _ways_to_list(type_):
            answer = await ask("GET", url)
            assert answer.status == 200, (role, url, answer.body[:300])
            assert specimens_of(type_, shown(answer)) == wanted, (role, url)
            cells += 1
        cells += await _counts_tell_no_more(ask, role, type_, wanted)
    print(f"{role}: {cells} cells")


def _ways_to_list(type_: str) -> list[str]:
    ids = ",".join(id_in(situation, type_) for situation in SITUATIONS)
    return [
        f"/fhir/{type_}?_count=500",
        f"/fhir/{type_}?_id={ids}&_count=500",
        f"/fhir/{type_}?_lastUpdated=gt2000&_sort=-_lastUpdated&_count=500",
        f"/fhir?_type={type_}&_count=500",
        f"/fhir/{type_}/_history?_count=500",
        f"/fhir/{type_}?_id={ids}&_elements=id",
    ]


async def _counts_tell_no_more(ask: Caller, role: str, type_: str, wanted: set[str]) -> int:
    ids = ",".join(id_in(situation, type_) for situation in SITUATIONS)
    for total in ("accurate", "estimate"):
        answer = await ask("GET", f"/fhir/{type_}?_id={ids}&_total={total}&_summary=count")
        assert answer.json["total"] == len(wanted), (role, type_, total, answer.json)
    return 2
