"""Starts a node's parts from one data folder, keeps them running and stops them in order."""

from .child import Child, ChildEnded, ChildState
from .folder import DataFolder, Endpoints, free_port
from .nats_server import NatsServer
from .postgres import Postgres

__all__ = ["Child", "ChildEnded", "ChildState", "DataFolder", "Endpoints", "NatsServer", "Postgres", "free_port"]
