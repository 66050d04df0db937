"""A node that may be hurt, shared by the tests that leave it well again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nodes import RunningNode, started_node


@pytest.fixture(scope="package")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """A whole node apart from the one that other tests use."""
    with started_node(tmp_path_factory.mktemp("frail") / "data") as running:
        yield running
