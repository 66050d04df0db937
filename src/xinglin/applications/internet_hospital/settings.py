"""Settings of the internet hospital: section ``[internet_hospital]``, variables ``XINGLIN_INTERNET_HOSPITAL_*``."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError


class InternetHospitalSettings(msgspec.Struct, frozen=True):
    """``seen_within_months``: an online visit needs one in person in the same department that is no older.
    ``guardian_under_years``: children younger than this are seen with a guardian. ``online_hours``: an online visit
    ends so long after it was asked for. ``photo_mib``: the largest photo taken. ``stun_urls`` and ``turn_urls``,
    separated by blanks, are what browsers may find each other by; ``turn_secret`` is the relay's shared secret
    (coturn's ``static-auth-secret``), by which logins for ``turn_minutes`` are made."""

    seen_within_months: int = 3
    guardian_under_years: int = 6
    online_hours: int = 24
    photo_mib: int = 10
    stun_urls: str = ""
    turn_urls: str = ""
    turn_secret: str = ""
    turn_minutes: int = 120

    def __post_init__(self) -> None:
        problems = [
            text
            for broken, text in (
                (not 1 <= self.seen_within_months <= 24, "seen_within_months must be between 1 and 24"),
                (not 0 <= self.guardian_under_years <= 18, "guardian_under_years must be between 0 and 18"),
                (not 1 <= self.online_hours <= 72, "online_hours must be between 1 and 72"),
                (not 1 <= self.photo_mib <= 50, "photo_mib must be between 1 and 50"),
                (not 5 <= self.turn_minutes <= 1_440, "turn_minutes must be between 5 and 1440"),
                (bool(self.turn_urls) != bool(self.turn_secret), "turn_urls and turn_secret belong together"),
                (_strange(self.stun_urls, "stun:", "stuns:"), "stun_urls must begin with stun: or stuns:"),
                (_strange(self.turn_urls, "turn:", "turns:"), "turn_urls must begin with turn: or turns:"),
            )
            if broken
        ]
        if problems:
            said = "; ".join(problems)
            raise XinglinError(Category.INVALID, f"[internet_hospital] {said}", f"[internet_hospital] 设置有误：{said}")


def _strange(urls: str, *schemes: str) -> bool:
    return any(not one.startswith(schemes) for one in urls.split())
