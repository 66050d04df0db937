"""Settings are refused when they are wrong, naming what is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from xinglin.foundation import config
from xinglin.foundation.errors import Category, XinglinError


class Kettle(msgspec.Struct, frozen=True):
    litres: float = 1.5
    whistles: bool = False


def test_the_file_is_read_and_the_environment_overrides_it(tmp_path: Path) -> None:
    file = tmp_path / "xinglin.toml"
    file.write_text("[kettle]\nlitres = 2\nwhistles = true\n")
    assert config.read("kettle", Kettle, file, {"XINGLIN_KETTLE_LITRES": "0.5"}) == Kettle(0.5, True)


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert config.read("kettle", Kettle, tmp_path / "none.toml", {}) == Kettle()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[kettle]\nliters = 2\n", "liters"),
        ("[kettle]\nlitres = 'much'\n", "litres"),
        ("[kettle\n", "xinglin.toml"),
    ],
)
def test_a_wrong_file_is_refused_naming_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "xinglin.toml"
    file.write_text(text)
    with pytest.raises(XinglinError) as refused:
        config.read("kettle", Kettle, file, {})
    assert refused.value.category is Category.INVALID
    assert named in refused.value.english
