"""What an institution may set of the store: section ``[store]`` of the settings."""

from __future__ import annotations

import msgspec


class StoreSettings(msgspec.Struct, frozen=True):
    """Bounds on what one request may bring; larger is refused with 413."""

    max_resource_bytes: int = 16 * 2**20
    max_bundle_bytes: int = 64 * 2**20
    max_bundle_entries: int = 20_000
