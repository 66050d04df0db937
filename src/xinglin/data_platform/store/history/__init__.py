"""Histories of one resource, of a type or of all."""

from .versions import history, moment_of

__all__ = ["history", "moment_of"]
