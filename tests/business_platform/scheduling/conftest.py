"""A clinic day for each test."""

from __future__ import annotations

import pytest

from xinglin.foundation.database import Database

from .clinic_day import ClinicDay


@pytest.fixture
async def clinic(database: Database) -> ClinicDay:
    """A department with four slots of two places on Monday morning, at the minute when they are released."""
    found = ClinicDay(database)
    await found.open()
    return found
