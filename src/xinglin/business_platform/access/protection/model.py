"""The settings of protection."""

from __future__ import annotations

from typing import Annotated

import msgspec

Units = Annotated[int, msgspec.Meta(ge=0)]


class ProtectionSettings(msgspec.Struct, frozen=True):
    """Units that one caller may use in a minute, in each web process; 0 sets no limit. A read costs 1, a search 3 or
    more, a write 2, a bundle by its size. ``failures_a_minute`` are those of one address that fails to prove itself."""

    person_units_a_minute: Units = 6_000
    program_units_a_minute: Units = 6_000_000
    failures_a_minute: Units = 6_000
