"""Chinese and other names are found as people write and say them, and stand in lists where they are looked for."""

from __future__ import annotations

import httpx
import pytest

from xinglin.data_platform.search import index
from xinglin.data_platform.search.text import keys, normal, sorted_by
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database

NAMES = {
    "zhang": ("张", "伟"),
    "traditional": ("張", "偉"),
    "shan": ("单", "雄信"),
    "xie": ("解", "缙"),
    "zeng": ("曾", "国藩"),
    "ou": ("区", "寄"),
    "qiu": ("仇", "英"),
    "zha": ("查", "良镛"),
    "moqi": ("万俟", "卨"),
    "li-an": ("李", "安"),
    "luo": ("羅", "大佑"),
    "obrien": ("O'Brien", "Jean-Luc"),
}


@pytest.fixture(scope="module")
async def listed(database: Database) -> None:
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.ids import SystemIds

    people = [
        {"resourceType": "Patient", "id": id_, "name": [{"family": family, "given": [given]}]}
        for id_, (family, given) in NAMES.items()
    ]
    async with database.transaction() as connection:
        await Store(SystemClock(), SystemIds()).put_all(connection, people, Cause("test"))


async def found(fhir: httpx.AsyncClient, query: str) -> list[str]:
    answer = await fhir.get(f"/Patient?{query}")
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", ())]


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("张伟", "zhang traditional"),
        ("張偉", "zhang traditional"),
        ("zhangwei", "zhang traditional"),
        ("zw", "zhang traditional"),
        ("Zhang", "zhang traditional"),
        ("单", "shan"),
        ("shanxiongxin", "shan"),
        ("sxx", "shan"),
        ("danxiongxin", "shan"),  # as its character is read elsewhere
        ("xiejin", "xie"),
        ("zengguofan", "zeng"),
        ("ouji", "ou"),
        ("qiuying", "qiu"),
        ("zhaliangyong", "zha"),
        ("moqi", "moqi"),
        ("罗大佑", "luo"),
        ("羅", "luo"),
        ("obrien", "obrien"),
        ("o brien", ""),
        ("jean luc", "obrien"),
        ("luc", "obrien"),
    ],
)
async def test_a_name_is_found_by_characters_old_and_new_pinyin_and_initials(
    listed: None, fhir: httpx.AsyncClient, written: str, ids: str
) -> None:
    assert sorted(await found(fhir, f"name={written}")) == sorted(ids.split())


@pytest.mark.parametrize(
    ("part", "ids"), [("n luc", "obrien"), ("jean l", "obrien"), ("n l", "obrien"), ("n  lu", "obrien"), ("m luc", "")]
)
async def test_what_a_name_contains_may_reach_over_a_space(
    listed: None, fhir: httpx.AsyncClient, part: str, ids: str
) -> None:
    assert await found(fhir, f"name:contains={part}") == ids.split()


async def test_a_given_name_alone_is_found_by_pinyin(listed: None, fhir: httpx.AsyncClient) -> None:
    assert sorted(await found(fhir, "given=wei")) == ["traditional", "zhang"]
    assert await found(fhir, "family=zeng") == ["zeng"]


async def test_names_are_sorted_by_pinyin_syllable_by_syllable(listed: None, fhir: httpx.AsyncClient) -> None:
    order = ["li-an", "luo", "moqi", "obrien", "ou", "qiu", "shan", "xie", "zeng", "zha", "zhang", "traditional"]
    assert await found(fhir, "_sort=name") == order
    same_name = ["zhang", "traditional"]  # which stay in the order they came in
    assert await found(fhir, "_sort=-name") == [*same_name, *reversed(order[:-2])]
    pages, url = [], "_sort=family&_count=5"
    while url:
        page = (await fhir.get(f"/Patient?{url}")).json()
        pages += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"].partition("?")[2] for link in page["link"] if link["relation"] == "next"), "")
    assert pages == order


def test_forms_of_a_name_are_few_and_plain() -> None:
    assert keys("单雄信", True) == ("单雄信", "shanxiongxin", "sxx", "danxiongxin", "dxx")
    assert keys("Carreno Quinones", True) == ("carreno quinones", "quinones")
    assert keys("上海市", False) == ("上海市",)
    assert sorted_by("张伟") == "zhang wei" and sorted_by("Müller Anna") == "muller anna"


@pytest.mark.parametrize(
    ("written", "bare"), [("O’Brien", "obrien"), ("Jean-Luc", "jean luc"), ("...", "..."), ("ＡＢ", "ab")]
)
def test_punctuation_accents_and_width_do_not_count(written: str, bare: str) -> None:
    assert normal(written) == bare


def test_a_resource_without_names_has_no_keys_for_sorting() -> None:
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueString": "張"}
    assert sorted(value for _, value in index(observation).strings) == sorted(["張", "张"])
