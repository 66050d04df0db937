"""Settings of health management: section ``[health_management]`` of xinglin.toml, variables
``XINGLIN_HEALTH_MANAGEMENT_*``."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError


class HealthManagementSettings(msgspec.Struct, frozen=True):
    """``answer_days``: how many days after a follow-up is due a nurse asks, where the patient has not answered."""

    answer_days: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.answer_days <= 30:
            raise XinglinError(
                Category.INVALID,
                "[health_management] answer_days must be between 1 and 30",
                "[health_management] 设置有误：answer_days 应在 1 至 30 之间",
            )
