"""The only ways out: HL7 v2 over MLLP, and FHIR over HTTP."""

from .fhir import FhirClient, RefusedError
from .hl7 import Acknowledgement
from .mllp import MllpSender

__all__ = ["Acknowledgement", "FhirClient", "MllpSender", "RefusedError"]
