"""What an institution may set of the store: section ``[store]`` of the settings."""

from __future__ import annotations

import msgspec


class StoreSettings(msgspec.Struct, frozen=True):
    """Bounds on what one request may bring; larger is refused with 413. ``max_conditional_deletes`` is how many
    resources one ``DELETE Type?condition`` may delete; where more match, it deletes none and answers 412.
    ``allow_expunge`` lets those with the permission remove versions for ever (``$expunge``)."""

    max_resource_bytes: int = 16 * 2**20
    max_bundle_bytes: int = 64 * 2**20
    max_bundle_entries: int = 20_000
    max_conditional_deletes: int = 1
    allow_expunge: bool = False
