"""Settings of the HL7 v2 gateway: section ``[hl7v2]`` of xinglin.toml, variables ``XINGLIN_HL7V2_*``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from .syntax import charset_named

_OWN = "https://xinglin.health/id"
_AUTHORITIES = {
    "XLMRN": f"{_OWN}/patient",
    "XLVISIT": f"{_OWN}/visit",
    "XLORG": f"{_OWN}/organization",
    "XLLOC": f"{_OWN}/location",
    "XLSTAFF": f"{_OWN}/practitioner",
    "XLORD": f"{_OWN}/order-placer",
    "XLFIL": f"{_OWN}/order-filler",
    "CNRID": f"{_OWN}/cn/resident-id",
    "CNINS": f"{_OWN}/cn/insurance",
}
_DEMO = {
    "patient": "XLMRN",
    "visit": "XLVISIT",
    "organization": "XLORG",
    "location": "XLLOC",
    "practitioner": "XLSTAFF",
    "order-placer": "XLORD",
    "order-filler": "XLFIL",
}


class Hl7v2Settings(msgspec.Struct, frozen=True):
    """What an operator may decide; every default is safe on one machine.

    ``authorities``: assigning authority (first component of an HD) to identifier system. ``senders``:
    MSH-3 to the authority meant where a field of a kind names none. ``zone``: IANA zone of times that
    carry no offset. ``charset_when_absent``: for an empty MSH-18 whose bytes are not UTF-8.
    ``keep_processed_days``: how long a message is kept after it took effect; dead letters stay until a
    person has dealt with them.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    tls_certificate: str = ""
    tls_key: str = ""
    tls_client_authority: str = ""
    connections_max: int = 256
    idle_seconds: float = 600.0
    frame_bytes_max: int = 16 * 2**20
    buffered_bytes_max: int = 128 * 2**20
    application_acknowledgement_seconds: float = 30.0
    batch_messages: int = 250
    keep_processed_days: int = 90
    charset_when_absent: str = "GB18030"
    zone: str = "Asia/Shanghai"
    fallback_system: str = f"{_OWN}/hl7v2"
    authorities: dict[str, str] = msgspec.field(default_factory=lambda: dict(_AUTHORITIES))
    senders: dict[str, dict[str, str]] = msgspec.field(default_factory=lambda: {"XLDEMO": dict(_DEMO)})

    def __post_init__(self) -> None:
        problems = [
            text
            for broken, text in (
                (not 0 <= self.port <= 65_535, "port must be between 0 and 65535"),
                (bool(self.tls_certificate) != bool(self.tls_key), "tls_certificate and tls_key belong together"),
                (
                    any(
                        name and not Path(name).is_file()
                        for name in (self.tls_certificate, self.tls_key, self.tls_client_authority)
                    ),
                    "a TLS file does not exist",
                ),
                (self.connections_max < 1, "connections_max must be at least 1"),
                (self.frame_bytes_max < 1024, "frame_bytes_max must be at least 1024"),
                (self.buffered_bytes_max < self.frame_bytes_max, "buffered_bytes_max is below frame_bytes_max"),
                (self.batch_messages < 1, "batch_messages must be at least 1"),
                (self.keep_processed_days < 1, "keep_processed_days must be at least 1"),
                (charset_named(self.charset_when_absent) is None, "charset_when_absent is not known"),
                (_unknown_zone(self.zone), f"zone {self.zone!r} is not known"),
            )
            if broken
        ]
        if problems:
            raise XinglinError(
                Category.INVALID, f"[hl7v2] {'; '.join(problems)}", f"[hl7v2] 设置有误：{'; '.join(problems)}"
            )


def _unknown_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return True
    return False
