"""Xinglin (杏林): an open future-hospital platform; see ARCHITECTURE.md for the house and its floors."""

__version__ = "0.1.0"
