"""Templates of notes, and the tests that can be ordered."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from xinglin.data_platform.terminology import spelled

from .model import Options


@cache
def options() -> Options:
    """What the page offers; the same for everybody."""
    found = json.loads((Path(__file__).parent / "options.json").read_text("utf-8"))
    for one in found["orderables"]:
        one["keys"] = sorted({key for key, _ in spelled(one["code"], one["name_zh"], one["name_en"])})
    return Options(**found)
