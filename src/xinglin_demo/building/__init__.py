"""The made-up hospital as a building: its plan, written as real IFC, and brought to a node by its wire."""

from .bringing import bring_building
from .plan import floors
from .writing import write_hospital

__all__ = ["bring_building", "floors", "write_hospital"]
