"""The ports that a node would like: its own when it runs, free when it does not."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

from xinglin.foundation.errors import XinglinError

from ..settings import read_settings
from ..supervisor import DataFolder
from .finding import Finding, Told, well

MLLP_PORT = 2575


def ports(data: Path) -> Finding:
    """Whether the preferred ports are free, or held by the node of this very folder."""
    folder = DataFolder(data)
    wanted = {"web": read_settings(folder.settings_file).web.port, "MLLP": MLLP_PORT}
    held = {name: port for name, port in wanted.items() if answers(port)}
    mine = _own_ports(folder)
    strangers = {name: port for name, port in held.items() if port not in mine}
    if strangers:
        names = ", ".join(f"{name} {port}" for name, port in strangers.items())
        return Finding(
            "ports",
            "warn",
            Told(f"held by another program: {names}", f"被其他程序占用：{names}"),
            Told(
                "a node takes free ports instead and says which; to choose, pass --port and --mllp-port",
                "节点会改用空闲端口并提示；也可用 --port 和 --mllp-port 指定",
            ),
        )
    if any(answers(port) for port in mine):
        names = ", ".join(str(port) for port in sorted(mine))
        return well("ports", f"the node answers on {names}", f"节点正在监听 {names}")
    names = ", ".join(f"{name} {port}" for name, port in wanted.items())
    return well("ports", f"free: {names}", f"空闲：{names}")


def answers(port: int) -> bool:
    """Whether anything on this machine takes calls on ``port``."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _own_ports(folder: DataFolder) -> set[int]:
    try:
        endpoints = folder.endpoints()
    except XinglinError:
        return set()
    return {port for port in (urlsplit(endpoints.web_url).port, endpoints.mllp_port) if port}
