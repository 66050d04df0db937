"""The 50,000 people of the zone: who they are, and how FHIR says it."""

from .name import Name, draw_name
from .person import SIZE, Person, Population
from .region import FUNDS
from .resource import coverage, fund, patient

__all__ = ["FUNDS", "SIZE", "Name", "Person", "Population", "coverage", "draw_name", "fund", "patient"]
