"""Looks at the machine and the data folder, and says what to do before a node suffers from it."""

from .examination import examine
from .finding import Finding, as_json, as_text, worst

__all__ = ["Finding", "as_json", "as_text", "examine", "worst"]
