"""However a node's owner wrote the settings, a restore changes the addresses in them and nothing else, or says so."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.backup.addresses import keep_addresses

NEW = "postgresql://app:new@there:5432/new"
OWNER = "postgresql://owner:new@there:5432/new"


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_URL", NEW)
    monkeypatch.setenv("XINGLIN_DATABASE_OWNER_URL", OWNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[node]\nname = "东院"\n',
        '[database]\nurl = "old"\nowner_url = "old"\npool_size = 5\n[node]\nname = "东院"\n',
        '# first\n[ database ]  # ours\npool_size = 5\n  url="old"\n\n[bus]\nurl = "nats://old:4222"',
        '[bus]\nurl = "nats://old:4222"\n\n[database]\n',
    ],
)
def test_the_addresses_are_the_new_ones_and_all_else_is_as_it_was(text: str, tmp_path: Path) -> None:
    file = tmp_path / "xinglin.toml"
    file.write_text(text, "utf-8")
    keep_addresses(file)
    before, after = tomllib.loads(text), tomllib.loads(file.read_text("utf-8"))
    assert after["database"] == {**before.get("database", {}), "url": NEW, "owner_url": OWNER}
    assert {name: after[name] for name in after if name != "database"} == {
        name: before[name] for name in before if name != "database"
    }
    assert [line for line in text.splitlines() if "#" in line] == [
        line for line in file.read_text("utf-8").splitlines() if "#" in line
    ]


def test_an_embedded_server_can_take_the_place_of_an_external_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_URL", "")
    monkeypatch.setenv("XINGLIN_DATABASE_OWNER_URL", "")
    file = tmp_path / "xinglin.toml"
    file.write_text('[database]\nurl = "old"\nowner_url = "old"\n', "utf-8")
    keep_addresses(file)
    assert tomllib.loads(file.read_text("utf-8"))["database"] == {"url": "", "owner_url": ""}


def test_settings_that_say_the_same_already_are_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XINGLIN_DATABASE_URL")
    monkeypatch.delenv("XINGLIN_DATABASE_OWNER_URL")
    keep_addresses(tmp_path / "xinglin.toml")
    assert not (tmp_path / "xinglin.toml").exists()


def test_what_is_written_in_another_form_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "xinglin.toml"
    file.write_text('database.url = "old"\n', "utf-8")
    with pytest.raises(XinglinError) as refused:
        keep_addresses(file)
    assert refused.value.category is Category.INVALID
    assert file.read_text("utf-8") == 'database.url = "old"\n'
