"""PATCH (hl7.org/fhir/R4/http.html#patch): JSON Patch and FHIRPath Patch, alone and in bundles."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from calling import parameters
from fhir_xml import resource_of
from hypothesis import given, settings
from hypothesis import strategies as st

from xinglin.data_platform.store.patching import JSON_PATCH, read_patch
from xinglin.data_platform.store.patching.exact import read, write
from xinglin.foundation.errors import Category, XinglinError

PATCH = {"content-type": JSON_PATCH}
RESOURCE = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "name": [{"use": "official", "given": ["a", "b"]}, {"use": "usual", "family": "c"}],
    "contact": [{"relationship": [{"coding": [{"code": "N"}]}], "name": {"text": "x"}}],
    "birthDate": "1970-01-01",
    "multipleBirthInteger": 2,
}


def patched(resource: dict[str, Any], patch: Any, media_type: str = "application/fhir+json") -> dict[str, Any]:
    text = read_patch(media_type, json.dumps(patch).encode()).apply(json.dumps(resource).encode())
    return dict(json.loads(text))


def hl7_cases(shared: Path, name: str) -> Path:
    return shared / "conformance/fhir-test-cases/r4/patch" / name


def test_every_json_patch_case_of_hl7_comes_out(shared_data: Path) -> None:
    from xinglin.data_platform.store.patching import json_patch

    cases = json.loads(hl7_cases(shared_data, "json-patch-tests.json").read_text())
    assert len(cases) == 16
    for case in cases:
        operations = json_patch.check(case["patch"])
        if "error" in case:
            with pytest.raises(XinglinError):
                json_patch.apply(case["doc"], operations)
        else:
            assert json_patch.apply(case["doc"], operations) == case["expected"], case["comment"]


def test_every_fhirpath_patch_case_of_hl7_comes_out(shared_data: Path) -> None:
    cases = ElementTree.parse(hl7_cases(shared_data, "fhir-patch-tests.xml")).getroot()
    assert len(cases) == 33
    for case in cases:
        before, diff, after = (case.find(name) for name in ("input", "diff", "output"))
        assert before is not None and diff is not None
        if after is None:
            with pytest.raises(XinglinError):
                patched(resource_of(before[0]), resource_of(diff[0]))
        else:
            assert patched(resource_of(before[0]), resource_of(diff[0])) == resource_of(after[0]), case.attrib


@pytest.mark.parametrize(
    ("operation", "path", "expected"),
    [
        (
            {"type": "delete", "path": "Patient.name.where(use='official').given[0]"},
            "name",
            [{"use": "official", "given": ["b"]}, RESOURCE["name"][1]],
        ),  # type: ignore[index]
        (
            {"type": "delete", "path": "name.first().given.last()"},
            "name",
            [{"use": "official", "given": ["a"]}, RESOURCE["name"][1]],
        ),  # type: ignore[index]
        ({"type": "delete", "path": "Patient.contact.where(relationship.coding.exists(code = 'N'))"}, "contact", None),
        ({"type": "delete", "path": "Patient.photo"}, "photo", None),
        (
            {"type": "delete", "path": "Patient.contact.where(%resource.active and %resource.birthDate < @1980-01-01)"},
            "contact",
            None,
        ),
        (
            {"type": "replace", "path": "Patient.multipleBirth", "value": {"valueBoolean": True}},
            "multipleBirthBoolean",
            True,
        ),
        (
            {"type": "replace", "path": "(Patient.multipleBirth as integer)", "value": {"valueInteger": 3}},
            "multipleBirthInteger",
            3,
        ),
        (
            {"type": "add", "path": "Patient", "name": "deceased", "value": {"valueDateTime": "2026"}},
            "deceasedDateTime",
            "2026",
        ),
        (
            {
                "type": "add",
                "path": "Patient.birthDate",
                "name": "extension",
                "value": {"part": [{"name": "url", "valueUri": "u"}, {"name": "value", "valueString": "v"}]},
            },
            "_birthDate",
            {"extension": [{"url": "u", "valueString": "v"}]},
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "contained",
                "value": {"resource": {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}},
            },
            "contained",
            [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}}],
        ),
        (
            {"type": "insert", "path": "Patient.name[0].given", "index": 1, "value": {"valueString": "z"}},
            "name",
            [{"use": "official", "given": ["a", "z", "b"]}, RESOURCE["name"][1]],
        ),  # type: ignore[index]
        (
            {"type": "insert", "path": "Patient.photo", "index": 0, "value": {"valueAttachment": {"url": "u"}}},
            "photo",
            [{"url": "u"}],
        ),
        (
            {"type": "move", "path": "Patient.name", "source": 1, "destination": 0},
            "name",
            [RESOURCE["name"][1], RESOURCE["name"][0]],
        ),  # type: ignore[index]
    ],
)
def test_a_path_leads_to_the_place_that_is_changed(operation: dict[str, Any], path: str, expected: Any) -> None:
    """fhirpatch.html#concept."""
    assert patched(RESOURCE, parameters(operation)).get(path) == expected


def test_one_of_a_list_and_a_part_of_a_contained_resource_are_replaced() -> None:
    usual = {"type": "replace", "path": "Patient.name.where(use = 'usual')", "value": {"valueHumanName": {"text": "z"}}}
    assert patched(RESOURCE, parameters(usual))["name"][1] == {"text": "z"}
    basic = {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}
    holder = {**RESOURCE, "contained": [basic]}
    inside = {"type": "replace", "path": "Patient.contained.ofType(Basic).code.text", "value": {"valueString": "y"}}
    assert patched(holder, parameters(inside))["contained"] == [{**basic, "code": {"text": "y"}}]


def test_an_element_without_its_value_keeps_its_place_in_a_list() -> None:
    """json.html#primitive: given and _given stay in step."""
    resource = {"resourceType": "Patient", "name": [{"given": ["a", None, "c"], "_given": [None, {"id": "n"}, None]}]}
    kept = patched(resource, parameters({"type": "delete", "path": "Patient.name.given[0]"}))
    assert kept["name"] == [{"given": [None, "c"], "_given": [{"id": "n"}, None]}]


@pytest.mark.parametrize(
    "operation",
    [
        {"type": "delete", "path": "Patient.name"},
        {"type": "delete", "path": "Patient"},
        {"type": "delete", "path": "Patient.colour"},
        {"type": "delete", "path": "Patient.managingOrganization.resolve().name"},
        {"type": "delete", "path": "Patient.name.where(family.matches('(a+)+$'))"},
        {"type": "delete", "path": "Patient.name.where(repeat(given))"},
        {"type": "delete", "path": "Patient.name.where("},
        {"type": "delete", "path": "Patient.name.where(" + "(" * 500 + ")" * 500 + ")"},
        {"type": "delete", "path": "Patient..name"},
        {"type": "replace", "path": "Patient.photo", "value": {"valueString": "x"}},
        {"type": "replace", "path": "Patient.id", "value": {"valueString": "another"}},
        {"type": "add", "path": "Patient", "name": "birthDate", "value": {"valueDate": "2000"}},
        {"type": "add", "path": "Patient", "name": "deceased", "value": {"valueString": "x"}},
        {"type": "add", "path": "Patient.photo", "name": "url", "value": {"valueUri": "u"}},
        {
            "type": "add",
            "path": "Patient",
            "name": "contact",
            "value": {"part": [{"name": "colour", "valueString": "x"}]},
        },
        {"type": "add", "path": "Patient", "name": "photo", "value": {}},
        {"type": "insert", "path": "Patient.name", "index": 3, "value": {"valueHumanName": {"family": "x"}}},
        {"type": "insert", "path": "Patient.birthDate", "index": 0, "value": {"valueDate": "2000"}},
        {"type": "insert", "path": "Patient.name[0]", "index": 0, "value": {"valueHumanName": {"family": "x"}}},
        {"type": "move", "path": "Patient.name", "source": 2, "destination": 0},
        {"type": "move", "path": "Patient.name", "source": -1, "destination": 0},
    ],
)
def test_what_cannot_be_patched_is_refused_in_words(operation: dict[str, Any]) -> None:
    """fhirpatch.html: an error where no single element matches, and nothing but the target is touched."""
    with pytest.raises(XinglinError) as refusal:
        patched(RESOURCE, parameters(operation))
    assert refusal.value.category is Category.UNPROCESSABLE and len(refusal.value.english) > 20


@pytest.mark.parametrize(
    ("operations", "category"),
    [
        ([{"op": "test", "path": "/active", "value": False}], Category.UNPROCESSABLE),
        ([{"op": "test", "path": "/active", "value": 1}], Category.UNPROCESSABLE),
        ([{"op": "test", "path": "/multipleBirthInteger", "value": "2"}], Category.UNPROCESSABLE),
        ([{"op": "remove", "path": "/photo"}], Category.UNPROCESSABLE),
        ([{"op": "add", "path": "/name/7", "value": {}}], Category.UNPROCESSABLE),
        ([{"op": "add", "path": "/active/x", "value": {}}], Category.UNPROCESSABLE),
        ([{"op": "replace", "path": "/id", "value": "q"}], Category.UNPROCESSABLE),
        ([{"op": "replace", "path": "", "value": []}], Category.UNPROCESSABLE),
        ([{"op": "replace", "path": "/resourceType", "value": "Group"}], Category.UNPROCESSABLE),
        (
            [{"op": "add", "path": "/x", "value": []}, *[{"op": "copy", "from": "", "path": "/x/-"}] * 99],
            Category.UNPROCESSABLE,
        ),
        ([{"op": "add", "path": "name", "value": 1}], Category.INVALID),
        ([{"op": "add", "path": "/name"}], Category.INVALID),
        ([{"op": "move", "path": "/name"}], Category.INVALID),
        ([{"op": "paint", "path": "/name"}], Category.INVALID),
        ([{"path": "/name"}], Category.INVALID),
        (["x"], Category.INVALID),
        ({"op": "add"}, Category.INVALID),
        (5, Category.INVALID),
    ],
)
def test_a_json_patch_that_fails_or_is_none_is_refused(operations: Any, category: Category) -> None:
    """RFC 6902, 5: the whole fails."""
    with pytest.raises(XinglinError) as refusal:
        patched(RESOURCE, operations, JSON_PATCH)
    assert refusal.value.category is category


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.integers()
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner)
        ),
        max_leaves=20,
    )
)
def test_values_come_through_exactly(value: Any) -> None:
    text = json.dumps({"x": value}).encode()
    assert json.loads(write(read(text)), parse_float=str) == json.loads(text, parse_float=str)


WORDS = [
    "Patient",
    "name",
    "given",
    "[0]",
    "[1]",
    ".",
    "where(",
    ")",
    "use",
    "=",
    "'official'",
    "first()",
    "birthDate",
    "multipleBirth",
    "ofType(",
    "integer",
    "contact",
    "extension('u')",
    "photo",
    "as",
    "(",
    "last()",
    "skip(1)",
    "%resource",
    "exists()",
    "id",
    "`",
    "'",
    "\\",
    "contained",
    "resolve()",
    "$this",
    "|",
    "and",
    "text",
    "div",
]
PATHS = st.one_of(
    st.sampled_from(
        [
            "Patient",
            "Patient.name",
            "Patient.name[0]",
            "Patient.name[0].given",
            "Patient.name.given[1]",
            "Patient.birthDate",
            "Patient.photo",
            "Patient.multipleBirth",
            "Patient.contact",
            "Patient.contact[0]",
            "Patient.contact.name",
            "Patient.id",
            "Patient.text.div",
            "Patient.birthDate.extension",
            "Patient.name.where(use='usual')",
            "Patient.meta",
            "Patient.extension('u')",
            "Patient.contained",
            "Patient.contact[0].relationship",
            "Patient.deceased",
            "Patient.name[0].given[0].extension",
        ]
    ),
    st.lists(st.sampled_from(WORDS), max_size=8).map(".".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
)
VALUES = st.sampled_from(
    [
        {"valueString": "x"},
        {"valueInteger": 1},
        {"valueBoolean": True},
        {"valueHumanName": {"family": "x"}},
        {"_valueDate": {"id": "x"}},
        {"part": [{"name": "name", "valueHumanName": {}}]},
        {"part": [{}]},
        {"part": ["x"]},
        {"part": "x"},
        {"resource": {"resourceType": "Basic"}},
        {"resource": "x"},
        {},
    ]
)
OPERATIONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["add", "insert", "delete", "replace", "move"]), "path": PATHS},
    optional={
        "name": st.sampled_from(["name", "given", "deceased", "birthDate", "extension", "value", "", "photo", "use"]),
        "value": VALUES,
        "index": st.integers(-1, 3),
        "source": st.integers(-1, 3),
        "destination": st.integers(-1, 3),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(OPERATIONS, max_size=3))
def test_whatever_a_fhirpath_patch_says_it_is_carried_out_or_refused(operations: list[dict[str, Any]]) -> None:
    with contextlib.suppress(XinglinError):
        assert patched(RESOURCE, parameters(*operations))["resourceType"] == "Patient"


POINTERS = st.lists(
    st.sampled_from(["name", "0", "1", "-", "given", "id", "active", "", "~0", "~1", "~2", "01", "x"]), max_size=4
).map(lambda words: "".join(f"/{word}" for word in words))
JSON_OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": POINTERS},
    optional={"from": POINTERS, "value": st.sampled_from([1, 1.5, True, None, "x", [], {}, [{"family": "x"}]])},
)


@settings(max_examples=300, deadline=None)
@given(st.lists(JSON_OPERATIONS, max_size=4))
def test_whatever_a_json_patch_says_it_is_carried_out_or_refused(operations: list[dict[str, Any]]) -> None:
    with contextlib.suppress(XinglinError):
        assert patched(RESOURCE, operations, JSON_PATCH)["resourceType"] == "Patient"


def test_a_patch_that_asks_too_much_is_refused() -> None:
    many = {**RESOURCE, "name": [{"family": str(number)} for number in range(2000)]}
    operation = {"type": "delete", "path": "Patient.name.where(family = 'nobody')"}
    with pytest.raises(XinglinError) as refusal:
        patched(many, parameters(*[operation] * 6))
    assert refusal.value.issue_code == "too-costly"
