"""A patient reads what a result means, never a diagnosis, and is told to call where it cannot wait."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.applications.health_management.explaining import explained
from xinglin.applications.health_management.explaining.known import _table


def result(name: str, value: float, unit: str, **further: Any) -> dict[str, Any]:
    low, high = further.pop("low", None), further.pop("high", None)
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "o",
        "code": {"text": name, "coding": further.pop("coding", [])},
        "effectiveDateTime": "2026-11-23T08:00:00Z",
        "valueQuantity": {"value": value, "unit": unit},
    }
    limits = {name: {"value": at} for name, at in (("low", low), ("high", high)) if at is not None}
    if limits:
        made["referenceRange"] = [limits]
    if "flag" in further:
        made["interpretation"] = [{"coding": [{"code": further["flag"]}]}]
    return made


def test_a_raised_value_says_how_far_the_trend_and_what_it_usually_means() -> None:
    found = explained(result("尿酸", 546, "umol/L", low=208, high=428), result("尿酸", 480, "μmol/L"))
    assert found is not None and found.position == "above" and found.beyond_percent == 28 and not found.is_critical
    assert (found.trend, found.before, found.range) == ("up", "480", "208–428")
    assert found.zh[1] == "高于参考范围约 28%。" and "痛风" in "".join(found.zh) and "不等于患病" in found.zh[-1]
    assert (
        "gout" in " ".join(found.en)
        and found.en[2] == "It is higher than last time (480)."
        and len(found.en) == len(found.zh)
    )


def test_a_value_within_its_range_is_said_to_be_so_and_nothing_more() -> None:
    found = explained(result("血钾", 4.1, "mmol/L", low=3.5, high=5.3), None)
    assert found is not None and found.position == "in" and found.trend is None
    assert found.zh == ["钾是与心跳、肌肉有关的盐。", "在参考范围内。"] and len(found.en) == 2


@pytest.mark.parametrize(
    "one",
    [
        result("血钾", 6.8, "mmol/L", low=3.5, high=5.3),
        result("血红蛋白", 55, "g/L", low=130, high=175),
        result("肌钙蛋白I", 0.09, "ng/mL", low=0, high=0.04),
        result("国际标准化比值", 7.2, "", low=0.8, high=1.2),
        result("INR", 7.2, "{INR}", low=0.8, high=1.2),
        result("一项少见的检查", 9, "U/L", flag="HH"),
        result("随便", 2.0, "mmol/L", coding=[{"system": "http://loinc.org", "code": "2345-7"}]),
    ],
)
def test_a_critical_value_tells_to_call_now(one: dict[str, Any]) -> None:
    found = explained(one, None)
    assert found is not None and found.is_critical and "120" in found.zh[-1] and "now" in found.en[-1]


def test_a_critical_limit_does_not_hold_in_another_unit() -> None:
    found = explained(result("葡萄糖", 95, "mg/dL", low=70, high=100), None)
    assert found is not None and not found.is_critical and found.position == "in"


def test_a_test_that_is_not_known_and_a_missing_range_are_said() -> None:
    found = explained(result("一项少见的检查", 9, "U/L"), None)
    assert found is not None and not found.is_known and found.position == "unjudged"
    assert "请向医生询问" in found.zh[0] and "no reference range" in found.en[1]


def test_results_in_different_units_have_no_trend_and_words_have_no_number() -> None:
    found = explained(result("葡萄糖", 5.6, "mmol/L"), result("葡萄糖", 101, "mg/dL"))
    assert found is not None and found.trend is None
    assert (
        explained({"resourceType": "Observation", "id": "o", "code": {"text": "血型"}, "valueString": "A"}, None)
        is None
    )


def test_every_explanation_is_whole_in_both_languages_and_names_no_diagnosis() -> None:
    by_code, by_name = _table()
    tests = list(dict.fromkeys(by_code.values()))
    assert len(tests) >= 40 and len(set(by_name.values())) == len(tests)
    for one in tests:
        assert one.what_zh and one.what_en and bool(one.high_zh) == bool(one.high_en)
        assert bool(one.low_zh) == bool(one.low_en) and (one.high_zh or one.low_zh)
        assert bool(one.unit) == (one.critical_low is not None or one.critical_high is not None)
        for above in (True, False):
            value, flag = (1e9, "H") if above else (0.0, "L")
            found = explained(result(one.name_zh, value, "?", flag=flag), None)
            assert found is not None and found.name_en == one.name_en and len(found.zh) == len(found.en)
            assert not any(word in "".join(found.zh) for word in ("您患有", "确诊", "您得了"))
