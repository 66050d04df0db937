"""The official R4 definitions are understood whole."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from xinglin.data_platform.fhir import elements, resource_types, search_parameters
from xinglin.data_platform.search import expression
from xinglin.data_platform.search.defined import Definitions
from xinglin.data_platform.search.indexing import index
from xinglin.data_platform.search.parameter import parameters

NOT_SEARCHED = {
    # of full text, named queries and positions: not in this release
    *((type_, code) for type_ in resource_types() for code in ("_text", "_content", "_query")),
    ("Location", "near"),
    # composites of three parts
    *(
        ("MolecularSequence", code)
        for code in (
            "chromosome-variant-coordinate",
            "chromosome-window-coordinate",
            "referenceseqid-variant-coordinate",
            "referenceseqid-window-coordinate",
        )
    ),
}


def test_all_official_search_parameters_are_there() -> None:
    assert len(search_parameters()) == 1378
    assert len(resource_types()) == 146


def test_every_search_expression_leads_to_elements_of_every_type_it_names() -> None:
    silent = {
        (type_, parameter.code)
        for type_ in resource_types()
        for parameter in parameters(type_).values()
        if not parameter.searchable
    }
    assert silent <= NOT_SEARCHED


def test_an_expression_beyond_the_known_forms_is_refused_and_not_half_read() -> None:
    for beyond in ("Patient.name.substring(1)", "Patient.name.where(use != 'old')", "Patient..name"):
        with pytest.raises(ValueError, match="cannot read"):
            expression.parse(beyond)


def test_paths_of_different_meaning_never_share_a_number() -> None:
    texts = {
        (path.number, path.text)
        for type_ in resource_types()
        for parameter in parameters(type_).values()
        for path in parameter.paths
    }
    assert len({number for number, _ in texts}) == len(texts) > 2000


def test_every_type_is_indexed_without_any_of_its_optional_elements() -> None:
    for type_ in resource_types():
        found = index({"resourceType": type_})
        assert not found.dates and not found.strings and not found.quantities


def test_what_lies_under_a_condition_is_indexed_only_where_it_holds() -> None:
    def tokens(system: str) -> set[int]:
        return index({"resourceType": "Patient", "telecom": [{"system": system, "value": "1"}]}).tokens

    assert tokens("phone") != tokens("email")
    assert len(tokens("phone")) == len(tokens("email")) > len(tokens("fax"))


def test_patient_and_subject_share_one_entry_in_the_index() -> None:
    known = parameters("Observation")
    assert {path.number for path in known["patient"].paths} == {path.number for path in known["subject"].paths}


def test_the_elements_know_what_is_required() -> None:
    assert elements()["Observation"]["status"].min == 1
    assert "Quantity" in elements()["Observation"]["value[x]"].types


def test_a_resource_is_found_by_the_same_whether_its_values_were_met_before_or_not(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories = sorted((shared_data / "synthea_r4").glob("*.json.gz"))[:3]
    resources = [
        entry["resource"] for one in histories for entry in orjson.loads(gzip.decompress(one.read_bytes()))["entry"]
    ]
    resources.append({"resourceType": "Observation", "subject": {"reference": "#p"}, "focus": [{"display": "?"}]})
    warm = [_entries(one) for one in resources + resources][len(resources) :]
    cold = []
    for one in resources:
        monkeypatch.setattr("xinglin.data_platform.search.defined._now", Definitions())
        cold.append(_entries(one))
    assert len(cold) > 500
    assert warm == cold


def _entries(resource: dict[str, Any]) -> tuple[object, ...]:
    found = index(resource)
    return (
        found.tokens,
        found.present,
        *(sorted(rows) for rows in (found.dates, found.strings, found.quantities, found.references)),
    )
