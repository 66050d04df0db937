"""What is handed on with the pages is under a permissive licence; other licences stay on the building machine."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "src" / "xinglin" / "server" / "web_bundle"
HANDED_ON = {"MIT", "Apache-2.0"}
TOOLS = HANDED_ON | {"ISC", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "0BSD", "Python-2.0", "(MIT OR CC0-1.0)"}
STAY_HERE = {"lightningcss": "MPL-2.0", "caniuse-lite": "CC-BY-4.0"}


def packages() -> dict[str, dict[str, object]]:
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))["packages"]
    return {place: told for place, told in locked.items() if place and not told.get("link")}


def test_every_package_in_the_pages_may_be_handed_on_freely() -> None:
    others = {place: told.get("license") for place, told in packages().items() if not told.get("dev")}
    assert {place: licence for place, licence in others.items() if licence not in HANDED_ON} == {}


def test_a_tool_under_another_licence_is_one_that_was_decided_on() -> None:
    found = {
        place.rpartition("node_modules/")[2]: told.get("license")
        for place, told in packages().items()
        if told.get("dev") and told.get("license") not in TOOLS
    }
    assert {name: found[name] for name in found if name in STAY_HERE} == STAY_HERE
    assert [name for name in found if name not in STAY_HERE and not name.startswith("lightningcss-")] == []


def test_nothing_of_those_tools_is_in_the_bundle() -> None:
    assert (BUNDLE / "index.html").is_file(), "the pages are not built; run: make web"
    text = "".join(file.read_text("utf-8", "replace").lower() for file in BUNDLE.rglob("*") if file.is_file())
    assert [name for name in ("lightningcss", "caniuse") if name in text] == []
