"""Starts a node's parts from one data folder, keeps them running and stops them in order."""

from .child import Child, ChildEnded, ChildState
from .command import Command
from .folder import DataFolder, Endpoints, free_port
from .forks import Forks
from .nats_server import NatsServer
from .parent import die_with_parent
from .postgres import Postgres

__all__ = [
    "Child",
    "ChildEnded",
    "ChildState",
    "Command",
    "DataFolder",
    "Endpoints",
    "Forks",
    "NatsServer",
    "Postgres",
    "die_with_parent",
    "free_port",
]
