"""The list of everything that is looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import disk, machine, network, servers, software
from .finding import Finding, Told


def examine(data: Path) -> list[Finding]:
    """Look at everything for a node that runs, or will run, from the folder ``data``.

    Changes nothing, save a scratch file for the speed of the disk that is removed again; takes two seconds.
    A look that fails is itself a finding, so that the others are still told.
    """
    looks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", software.python),
        ("postgresql", software.postgresql),
        ("nats", software.nats),
        ("node.js", software.node_js),
        ("chromium", software.chromium),
        ("fonts", software.fonts),
        ("account", machine.account),
        ("memory", machine.memory),
        ("files", machine.open_files),
        ("locale", machine.locale),
        ("clock", machine.clock),
        ("folder", partial(disk.folder, data)),
        ("space", partial(disk.space, data)),
        ("fsync", partial(disk.fsync, data)),
        ("ports", partial(network.ports, data)),
        ("database", partial(servers.database, data)),
        ("bus", partial(servers.bus, data)),
    ]
    return [_seen(matter, look) for matter, look in looks]


def _seen(matter: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # whatever it is, it belongs in the report
        return Finding(
            matter,
            "warn",
            Told(f"could not be looked at: {error!r}", f"无法检查：{error!r}"),
            Told("report this line to whoever maintains the node", "请将此行告知节点维护人员"),
        )
