"""The clinics of the demo hospital: people book, check in, wait and are seen, through the node's business interface.

They keep the real clock, whatever the speed of the wards' day, since a wait that a phone shows is one that passes.
"""

from .clinics import Clinics, own_seat, waiting_person

__all__ = ["Clinics", "own_seat", "waiting_person"]
