"""The bill of a visit is what was ordered and approved in it, in words and to the fen."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from till import Till

from xinglin.applications.settlement.money import fen_of, times, yuan
from xinglin.foundation.errors import XinglinError


def named(lines: list) -> dict[str, int | None]:  # type: ignore[type-arg]
    return {one.name_zh: one.amount_fen for one in lines}


async def test_a_visit_is_billed_for_the_consultation_each_test_and_each_approved_drug(till: Till) -> None:
    visit = await till.visit()
    await till.order_test(visit, "cbc")
    await till.prescribe(visit, "aspirin-100mg", pieces=30)
    await till.prescribe(visit, "ibuprofen-300mg", status="on-hold")
    bill = await till.only(visit)
    assert named(bill.lines) == {"门诊诊查费": 2500, "血常规": 2500, "阿司匹林肠溶片": 52 * 30}
    assert bill.total_fen == 2500 + 2500 + 1560 and bill.state == "draft"
    assert [one.name_en for one in bill.lines] == [
        "Outpatient consultation",
        "Complete blood count",
        "Aspirin enteric-coated tablet",
    ]
    invoice = await till.read("Invoice", bill.id)
    assert invoice["status"] == "draft" and invoice["totalGross"] == {"value": 65.6, "currency": "CNY"} | {
        "value": Decimal("65.60")
    }
    items = [one["chargeItemReference"]["reference"].split("/") for one in invoice["lineItem"]]
    item = await till.read(*items[2])
    assert item["status"] == "billable" and item["quantity"] == {"value": 30, "unit": "片"}
    assert item["context"] == {"reference": f"Encounter/{visit}"}


async def test_nobody_pays_for_a_consultation_that_has_not_begun(till: Till) -> None:
    assert (await till.bill(await till.visit("arrived"))).invoices == []
    assert (await till.bill(await till.visit("cancelled"))).invoices == []


async def test_an_order_that_is_cancelled_leaves_the_bill_and_reading_again_writes_nothing(till: Till) -> None:
    visit = await till.visit()
    test = await till.order_test(visit, "hba1c")
    before = await till.only(visit)
    assert before.total_fen == 2500 + 7000
    await till.order_test(visit, "hba1c", status="revoked", id_=test)
    after = await till.only(visit)
    assert after.total_fen == 2500 and after.id == before.id
    version = (await till.read("Invoice", after.id))["meta"]["versionId"]
    assert await till.only(visit) == after
    assert (await till.read("Invoice", after.id))["meta"]["versionId"] == version


async def test_what_is_ordered_after_payment_makes_a_second_invoice(till: Till) -> None:
    visit = await till.visit()
    await till.paid(visit)
    await till.order_test(visit, "crp")
    first, second = (await till.bill(visit)).invoices
    assert (first.state, first.total_fen) == ("balanced", 2500)
    assert (second.state, second.total_fen, second.place) == ("draft", 3000, 2)
    assert (await till.read("Invoice", first.id))["status"] == "balanced"


async def test_what_has_no_price_is_said_and_does_not_hold_up_the_rest(till: Till) -> None:
    visit = await till.visit()
    await till.prescribe(visit, "nobody-knows-it")
    await till.prescribe(visit, "insulin-glargine", pieces=None)
    bill = await till.only(visit)
    assert [one.amount_fen for one in bill.lines] == [2500, None, None]
    await till.paid(visit)
    paid, left = (await till.bill(visit)).invoices
    assert paid.state == "balanced" and [one.amount_fen for one in paid.lines] == [2500]
    assert left.state == "draft" and left.total_fen == 0 and len(left.lines) == 2
    with pytest.raises(XinglinError, match="nothing to pay"):
        await till.payments.pay(left.id, 1, "陈志远")


async def test_a_paid_drug_that_was_taken_back_is_owed_back(till: Till) -> None:
    visit = await till.visit()
    drug = await till.prescribe(visit, "aspirin-100mg", pieces=10)
    await till.paid(visit)
    assert (await till.bill(visit)).owed_back == []
    await till.prescribe(visit, "aspirin-100mg", status="stopped", pieces=10, id_=drug)
    assert [one.amount_fen for one in (await till.bill(visit)).owed_back] == [520]


async def test_a_bill_follows_its_patient_when_records_are_merged_mid_visit(till: Till) -> None:
    visit = await till.visit()
    before = await till.only(visit)
    other = (await till.read("Encounter", await till.visit()))["subject"]
    await till.put({**await till.read("Encounter", visit), "subject": other})
    after = await till.only(visit)
    assert after.id == before.id and f"Patient/{after.patient}" == other["reference"]
    assert (await till.read("Invoice", after.id))["subject"] == other


async def test_a_price_list_with_mistakes_names_its_rows_and_takes_the_others(till: Till, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    rows = ["kind,code,name_zh,price_yuan", "order,x-ray,透视,12.5", "order,bad,坏,12.345", "meal,a,餐,1", "drug,,无,1"]
    file.write_bytes("\n".join(rows).encode("gb18030"))
    loaded = await till.prices.load(file)
    assert (loaded.taken, loaded.not_taken) == (1, 3) and "line 3" in loaded.refused[0]
    async with till.database.connection() as connection:
        found = await till.prices.of(connection, [("order", "x-ray")])
    assert found["order", "x-ray"].price_fen == 1250
    with pytest.raises(XinglinError, match="lacks the columns"):
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        await till.prices.load(tmp_path / "other.csv")


def test_money_is_never_rounded_on_its_way() -> None:
    assert [yuan(one) for one in (0, 5, 70, 123456, -250)] == ["0.00", "0.05", "0.70", "1234.56", "-2.50"]
    for fen in range(0, 100_000, 7):
        assert fen_of(yuan(fen)) == fen
    assert times(435, Decimal("0.5")) == 218
    for wrong in ("1.005", "-1", "1,000", "", "1e3", "１"):
        with pytest.raises(ValueError):
            fen_of(wrong)
