"""Settings of settlement: section ``[settlement]`` of xinglin.toml, variables ``XINGLIN_SETTLEMENT_*``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from xinglin.foundation.errors import Category, XinglinError

_SHORTEST_KEY_BYTES = 32


class SettlementSettings(msgspec.Struct, frozen=True):
    """``provider_url``: where the payment provider listens; empty, people pay at the desk only. ``merchant``: our name
    with it. ``key_file``: the file that holds the secret shared with it, 32 bytes at least; there is no default.
    ``order_minutes``: how long a payment may take before its order is given up. ``ask_seconds``: after how long an
    open order is first asked about, twice as long each time after that."""

    provider_url: str = ""
    merchant: str = ""
    key_file: str = ""
    order_minutes: int = 30
    ask_seconds: float = 5.0

    def __post_init__(self) -> None:
        address = urlsplit(self.provider_url)
        online = bool(self.provider_url)
        problems = [
            text
            for broken, text in (
                (online and (address.scheme not in ("http", "https") or not address.netloc), "provider_url is no URL"),
                (online and not self.merchant, "merchant is needed with a provider_url"),
                (online and not self.key_file, "key_file is needed with a provider_url"),
                (not 1 <= self.order_minutes <= 1_440, "order_minutes must be between 1 and 1440"),
                (not 0.1 <= self.ask_seconds <= 600, "ask_seconds must be between 0.1 and 600"),
            )
            if broken
        ]
        if problems:
            raise _wrong("; ".join(problems))

    def key(self) -> bytes:
        """The shared secret. Raises INVALID where the file cannot be read or is too short to be one."""
        try:
            found = Path(self.key_file).read_bytes().strip()
        except OSError as error:
            raise _wrong(f"key_file {self.key_file}: {error.strerror}") from error
        if len(found) < _SHORTEST_KEY_BYTES:
            raise _wrong(f"key_file holds {len(found)} bytes; {_SHORTEST_KEY_BYTES} are needed")
        return found


def _wrong(said: str) -> XinglinError:
    return XinglinError(Category.INVALID, f"[settlement] {said}", f"[settlement] 设置有误：{said}")
