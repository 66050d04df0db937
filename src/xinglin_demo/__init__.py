"""A made-up Chinese hospital and the day it plays; it reaches a node through MLLP and FHIR REST only."""
