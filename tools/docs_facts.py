"""What the code offers, read from its text: targets, commands, events and settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path


def make_targets(makefile: Path) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", makefile.read_text("utf-8"), re.MULTILINE))


def commands_offered(root: Path) -> set[str]:
    """The subcommands of ``xinglin``, as its own command line lists them."""
    import sys

    sys.path.insert(0, str(root / "src"))
    from typer.main import get_command

    from xinglin.server.cli import app

    return set(getattr(get_command(app), "commands", {}))


def events_declared(root: Path) -> set[str]:
    """``<room>: <event>`` of each name in the ``events`` of a room's ``Module``."""
    found = set()
    for room, call in _module_calls(root):
        for keyword in call.keywords:
            if keyword.arg == "events":
                found |= {f"{room}: {name}" for name in _strings(keyword.value, root)}
    return found


def settings_declared(root: Path) -> set[str]:
    """``<section>.<name>`` of each field of each shape that is read by ``config.read``."""
    shapes = _settings_shapes(root)
    found = set()
    for tree in _trees(root):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "config.read":
                section, shape = call.args[0], ast.unparse(call.args[1]).split(".")[-1]
                if isinstance(section, ast.Constant):
                    found |= {f"{section.value}.{field}" for field in shapes[shape]}
    return found


def _module_calls(root: Path) -> Iterator[tuple[str, ast.Call]]:
    for tree in _trees(root):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "Module":
                names = [keyword.value for keyword in call.keywords if keyword.arg == "name"] + call.args[:1]
                if names and isinstance(names[0], ast.Constant):
                    yield str(names[0].value), call


def _strings(node: ast.expr, root: Path) -> set[str]:
    """The texts of a literal, or of the constants that it names."""
    found = {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)}
    named = {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}
    named |= {leaf.attr for leaf in ast.walk(node) if isinstance(leaf, ast.Attribute)}
    for tree in _trees(root):
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id in named for target in statement.targets
            ):
                found |= {leaf.value for leaf in ast.walk(statement.value) if isinstance(leaf, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def _settings_shapes(root: Path) -> dict[str, set[str]]:
    shapes = {}
    for tree in _trees(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Settings"):
                shapes[node.name] = {
                    field.target.id
                    for field in node.body
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                }
    return shapes


def _trees(root: Path) -> list[ast.Module]:
    files = sorted((root / "src" / "xinglin").rglob("*.py"))
    return [ast.parse(file.read_text("utf-8")) for file in files]
