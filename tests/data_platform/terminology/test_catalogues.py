"""A doctor in a hurry finds a diagnosis or a drug however it is written; a hospital brings its own catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from xinglin.data_platform.store import Store
from xinglin.data_platform.terminology import Catalogues, drug_of, make_catalogues, medication_knowledge
from xinglin.data_platform.terminology.spelling import keys
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import SystemIds


@pytest.fixture(scope="module")
async def catalogues(database: Database) -> Catalogues:
    found = make_catalogues(database, Store(SystemClock(), SystemIds()), SystemClock())
    await found.start()
    await found.start()
    return found


@pytest.mark.parametrize(
    "written", ["gxy", "gaoxueya", "高血压", "血压", "I10", "i10", "high blood", "ＧＸＹ", "Gao Xue Ya"]
)
async def test_high_blood_pressure_is_found_however_it_is_written(catalogues: Catalogues, written: str) -> None:
    assert "I10" in [one.code for one in await catalogues.find_diagnoses(written)]


async def test_what_begins_as_written_stands_before_what_holds_it_later(catalogues: Catalogues) -> None:
    found = [one.code for one in await catalogues.find_diagnoses("高血压")]
    assert found[:2] == ["I10", "I11.9"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("amxl", "amoxicillin-250mg"),
        ("amoxi", "amoxicillin-250mg"),
        ("二甲双胍", "metformin-500mg"),
        ("ejsg", "metformin-500mg"),
        ("huafalin", "warfarin-2.5mg"),
    ],
)
async def test_a_drug_is_found_by_its_generic_name_with_what_is_known_of_it(
    catalogues: Catalogues, written: str, code: str
) -> None:
    (drug,) = [one for one in await catalogues.find_drugs(written) if one.code == code]
    assert drug.ingredients and drug.atc and drug.max_daily and drug.source


@pytest.mark.parametrize("written", ["", "   ", "%", "_", "zzzzzz", "\x01", "' OR 1=1", "😀", "高" * 100])
async def test_nothing_is_found_by_what_is_no_name(catalogues: Catalogues, written: str) -> None:
    assert await catalogues.find_diagnoses(written) == []


async def test_drugs_are_resources_that_any_client_reads(catalogues: Catalogues) -> None:
    for drug in await catalogues.find_drugs("a"):
        assert drug_of(medication_knowledge(drug)) == drug


async def test_a_catalogue_of_the_hospital_replaces_names_and_the_same_file_changes_nothing(
    catalogues: Catalogues, tmp_path: Path
) -> None:
    table = tmp_path / "own.csv"
    table.write_bytes("code,name_zh,name_en\nX99.1,院内测试病,House disease\n".encode("gb18030"))
    assert (await catalogues.load_diagnoses(table)).taken == 1
    assert [one.name_zh for one in await catalogues.find_diagnoses("yncsb")] == ["院内测试病"]
    await catalogues.load_diagnoses(table)
    table.write_text("code,name_zh,name_en\nX99.1,改名病,Renamed\n", "utf-8-sig")
    await catalogues.load_diagnoses(table)
    assert await catalogues.find_diagnoses("yncsb") == []
    assert [one.code for one in await catalogues.find_diagnoses("gmb")] == ["X99.1"]


async def test_rows_that_cannot_be_used_are_named_and_the_others_are_taken(
    catalogues: Catalogues, tmp_path: Path
) -> None:
    table = tmp_path / "drugs.csv"
    table.write_text(
        "code,name_zh,atc,strength,unit,ingredients,max_single,max_daily\n"
        "good-1,好药,A01,5,mg,good,10,20\n"
        "bad-1,坏药,A01,-5,mg,bad,,\n"
        "bad-2,坏药,A01,many,mg,bad,,\n"
        "bad-3,坏药,A01,5,mg,bad,30,20\n"
        ",无码,A01,5,mg,bad,,\n"
        "bad-4,,A01,5,mg,bad,,\n",
        "utf-8",
    )
    loaded = await catalogues.load_drugs(table)
    assert (loaded.taken, loaded.not_taken) == (1, 5)
    assert [one.line for one in loaded.refused] == [3, 4, 5, 6, 7]
    assert "strength" in loaded.refused[0].english and "max_daily" in loaded.refused[2].english
    (good,) = await catalogues.find_drugs("haoyao")
    assert good.pregnancy == "unknown" and good.egfr_avoid_below is None


async def test_a_file_that_is_no_catalogue_is_refused_with_what_it_lacks(
    catalogues: Catalogues, tmp_path: Path
) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(XinglinError) as refusal:
        await catalogues.load_diagnoses(table)
    assert "name_zh" in refusal.value.english
    with pytest.raises(XinglinError):
        await catalogues.load_drugs(tmp_path / "absent.csv")


def test_a_name_has_the_keys_of_each_of_its_parts() -> None:
    found = dict(keys("I10", "高血压", "High blood pressure"))
    assert found["gaoxueya"] == found["gxy"] == found["i10"] == 0
    assert found["xueya"] == found["血压"] == found["bloodpressure"] == 1
