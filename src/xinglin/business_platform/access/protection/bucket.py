"""Token buckets: so many units at once, refilled evenly over a minute."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_WINDOW_SECONDS = 60.0
_MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of ``quota`` units: ``remaining``, and in how many seconds all will be there again."""

    quota: int
    remaining: int
    reset_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4."""
        policy = f'"minute";q={self.quota};w={_WINDOW_SECONDS:.0f};qu="units"'
        state = f'"minute";r={self.remaining};t={self.reset_seconds}'
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]


class Bucket:
    """The units of one caller. ``now`` are seconds on a clock that never steps back."""

    __slots__ = ("_at", "_level", "_quota")

    def __init__(self, quota: int, now: float) -> None:
        self._quota = quota
        self._level = float(quota)
        self._at = now

    def take(self, cost: int, now: float) -> bool:
        """Take ``cost`` units where they are there. What costs more than a whole quota needs a full bucket."""
        self._refill(now)
        if self._level < min(cost, self._quota):
            return False
        self._level -= cost
        return True

    def seconds_until(self, cost: int, now: float) -> int:
        """How long until ``cost`` units will be there."""
        self._refill(now)
        missing = min(cost, self._quota) - self._level
        return max(1, math.ceil(missing * _WINDOW_SECONDS / self._quota))

    def allowance(self, now: float) -> Allowance:
        self._refill(now)
        missing = self._quota - self._level
        return Allowance(self._quota, max(0, int(self._level)), math.ceil(missing * _WINDOW_SECONDS / self._quota))

    def is_full(self, now: float) -> bool:
        self._refill(now)
        return self._level >= self._quota

    def _refill(self, now: float) -> None:
        gained = (now - self._at) * self._quota / _WINDOW_SECONDS
        self._level = min(float(self._quota), self._level + gained)
        self._at = now


class Buckets:
    """A bucket for each caller of one kind, kept in this process; those that are full again are forgotten."""

    def __init__(self, quota: int, monotonic_seconds: Callable[[], float]) -> None:
        self._quota = quota
        self._now = monotonic_seconds
        self._of: dict[str, Bucket] = {}

    @property
    def is_unlimited(self) -> bool:
        return self._quota == 0

    def of(self, caller: str) -> Bucket:
        found = self._of.get(caller)
        if found is None:
            if len(self._of) >= _MOST_BUCKETS:
                self._forget_full()
            found = self._of[caller] = Bucket(self._quota, self._now())
        return found

    def _forget_full(self) -> None:
        now = self._now()
        self._of = {caller: bucket for caller, bucket in self._of.items() if not bucket.is_full(now)}
        if len(self._of) >= _MOST_BUCKETS:  # as many callers at once, each of them under way: nothing tells them apart
            self._of.clear()
