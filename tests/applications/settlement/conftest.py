"""A till for the tests of this room."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xinglin.foundation.database import Database

sys.path.insert(0, str(Path(__file__).parent))

from till import Till, opened


@pytest.fixture(scope="module")
async def shop(database: Database) -> AsyncIterator[Till]:
    async with opened(database) as till:
        yield till


@pytest.fixture
async def till(shop: Till) -> Till:
    """The till in order: its provider there, its post arriving."""
    shop.mail, shop.wire.down, shop.wire.deaf = "comes", False, 0
    return shop
