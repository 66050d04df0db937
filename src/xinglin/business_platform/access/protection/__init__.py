"""Limits that keep one caller from taking the node from the others, and make guessing slow."""

from .bucket import Allowance, Bucket, Buckets
from .cost import cost_of
from .model import ProtectionSettings
from .throttle import Throttle

__all__ = ["Allowance", "Bucket", "Buckets", "ProtectionSettings", "Throttle", "cost_of"]
