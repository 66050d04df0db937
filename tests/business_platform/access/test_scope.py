"""A scope is read as it is written, or not at all."""

from __future__ import annotations

import pytest

from xinglin.business_platform.access import resource_scopes, scope_of, scopes_of
from xinglin.business_platform.access.scope import covers
from xinglin.foundation.errors import Category, XinglinError


def test_a_scope_names_level_type_permissions_and_what_resources_must_match() -> None:
    scope = scope_of("patient/Observation.rs?category=laboratory&status=final")
    assert scope is not None
    assert (scope.level, scope.type, scope.permissions) == ("patient", "Observation", {"r", "s"})
    assert scope.query == (("category", "laboratory"), ("status", "final"))


def test_scopes_without_resources_name_none() -> None:
    assert scope_of("openid") is None
    assert [each.text for each in resource_scopes(scopes_of("openid user/*.cruds launch/patient"))] == ["user/*.cruds"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.read",
        "patient/*.*",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/Observation.rsx",
        "patient/Nothing.rs",
        "patient/observation.rs",
        "Patient/Observation.rs",
        "all/Observation.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?category",
        "patient/Observation.rs?category=",
        "patient/Observation.rs?=x",
        "patient/Observation.rs?a b=1",
        "patient/../Observation.rs",
        "openid  fhirUser",
        "openid\tfhirUser",
        "launch/everything",
        "患者/*.rs",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(XinglinError) as refused:
        scopes_of(text)
    assert refused.value.category is Category.INVALID


@pytest.mark.parametrize(
    ("wanted", "covered"),
    [
        ("patient/Observation.rs", True),
        ("patient/Observation.r", True),
        ("patient/Observation.rs?category=laboratory", True),
        ("patient/Observation.cruds", False),
        ("user/Observation.rs", False),
        ("patient/*.rs", False),
        ("patient/Condition.rs?category=problem", True),
        ("patient/Condition.rs", False),
        ("openid", True),
        ("offline_access", False),
    ],
)
def test_a_client_gets_no_wider_scope_than_it_was_registered_for(wanted: str, covered: bool) -> None:
    allowed = ["patient/Observation.rs", "patient/Condition.rs?category=problem", "openid"]
    assert covers(allowed, wanted) is covered
