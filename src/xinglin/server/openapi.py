"""The OpenAPI document that the pages' client is generated from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import orjson
from nats.aio.client import Client

from xinglin.foundation.database import DatabaseSettings, closed_database

from .assembly import assemble
from .settings import read_settings
from .supervisor import DataFolder
from .web import describe


def document() -> str:
    """The document as JSON with sorted keys, the same for the same release."""
    with tempfile.TemporaryDirectory() as nowhere:
        folder = DataFolder(Path(nowhere))
        node = assemble(read_settings(folder.settings_file), folder, closed_database(DatabaseSettings()), Client())
        written: dict[str, Any] = describe(node).openapi()
    return orjson.dumps(written, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
