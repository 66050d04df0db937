"""Templates of notes, and the tests that can be ordered."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

from xinglin.data_platform.terminology import orderables, spelled

from .model import Options, Orderable


@cache
def options() -> Options:
    """What the page offers; the same for everybody."""
    templates = json.loads((Path(__file__).parent / "templates.json").read_text("utf-8"))
    offered = [
        Orderable(**asdict(one), keys=sorted({key for key, _ in spelled(one.code, one.name_zh, one.name_en)}))
        for one in orderables().values()
    ]
    return Options(templates=templates, orderables=offered)
