"""Shapes of resources, judged by hand and by the cases that HL7 judges validators with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xinglin.data_platform.fhir import check_shape, parse
from xinglin.foundation.errors import XinglinError

# Good by the Java validator, refused here, each for a reason.
REFUSED_WITH_REASON = {
    "json-comments-1-yes": "comments are not JSON (RFC 8259)",
    "json-comments-2-yes": "comments are not JSON (RFC 8259)",
}
FOUND_AT_LEAST = 10


def verdict(resource: dict[str, Any]) -> XinglinError | None:
    try:
        check_shape(resource)
    except XinglinError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("wrong", "expression", "code"),
    [
        ({"status": "perhaps"}, "Observation.status", "code-invalid"),
        ({"valueString": "x", "valueInteger": 1}, "Observation", "structure"),
        ({"effectiveDateTime": "2021-02-29"}, "Observation.effectiveDateTime", "value"),
        ({"effectiveDateTime": "2021-04-31T10:00:00Z"}, "Observation.effectiveDateTime", "value"),
        ({"effectiveDateTime": "2021-04-30T10:00"}, "Observation.effectiveDateTime", "value"),
        ({"category": []}, "Observation.category", "structure"),
        ({"category": [{}]}, "Observation.category[0]", "structure"),
        ({"code": None}, "Observation.code", "value"),
        ({"colour": "red"}, "Observation", "structure"),
        ({"valueQuantity": {"value": "5"}}, "Observation.valueQuantity.value", "value"),
        ({"component": [{"valueInteger": 1}]}, "Observation.component[0]", "required"),
        (
            {"component": [{"code": {"text": "x"}, "valueInteger": 1.5}]},
            "Observation.component[0].valueInteger",
            "value",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(wrong: dict[str, Any], expression: str, code: str) -> None:
    error = verdict({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **wrong})
    assert error is not None
    assert (error.expression or "").startswith(expression)
    assert error.issue_code == code
    assert error.chinese != error.english


def test_a_required_primitive_may_be_told_by_its_extension_alone() -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    resource = {"resourceType": "Observation", "_status": unknown, "code": {"text": "x"}}
    assert verdict(resource) is None
    del resource["_status"]
    error = verdict(resource)
    assert error is not None and error.issue_code == "required" and "'status'" in error.english


def test_leap_days_and_partial_dates_are_right() -> None:
    for day in ("2020-02-29", "2000-02-29", "2020", "2020-02", "2020-12-31T23:59:60Z"):
        assert verdict({"resourceType": "Patient", "deceasedDateTime": day}) is None, day
    for day in ("1900-02-29", "2021-02-29", "2020-00", "2020-1", "20200101", "2020-06-31"):
        assert verdict({"resourceType": "Patient", "deceasedDateTime": day}) is not None, day


def test_a_missing_name_part_may_be_null_beside_its_extension() -> None:
    name = {"given": [None, "Anna"], "_given": [{"extension": [{"url": "urn:x", "valueString": "y"}]}, None]}
    assert verdict({"resourceType": "Patient", "name": [name]}) is None


def test_deep_nesting_is_refused_without_much_memory() -> None:
    for depth in (1_500, 100_000):
        text = b'{"resourceType":"Patient","extension":' + b'[{"url":"u","extension":' * depth + b"[]"
        with pytest.raises(XinglinError):
            parse(text + b"}]" * depth + b"}")


def test_nesting_that_can_be_read_is_judged_and_does_not_break_the_validator() -> None:
    value: dict[str, Any] = {"url": "u", "valueString": "x"}
    for _ in range(450):
        value = {"url": "u", "extension": [value]}
    assert verdict({"resourceType": "Patient", "extension": [value]}) is None


def test_the_cases_of_hl7_are_found_and_no_good_one_is_refused(shared_data: Path) -> None:
    folder = shared_data / "conformance/fhir-test-cases/validator"
    if not (folder / "cases.json").exists():
        pytest.skip("the validator cases are not in the shared data folder")
    found, bad, wrongly = [], 0, {}
    for case in json.loads((folder / "cases.json").read_text("utf-8")):
        try:
            check_shape(parse((folder / case["file"]).read_bytes()))
        except XinglinError as error:
            if case["java_errors"]:
                found.append(case["name"])
            else:
                wrongly[case["name"]] = error.english
        bad += bool(case["java_errors"])
    print(f"validator cases: {len(found)} of {bad} bad ones found, {len(wrongly)} good ones refused")
    assert {name: reason for name, reason in wrongly.items() if name not in REFUSED_WITH_REASON} == {}
    assert len(found) >= FOUND_AT_LEAST
