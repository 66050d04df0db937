"""The only ways out: HL7 v2 over MLLP, FHIR and the business interface over HTTP."""

from .asking import RefusedError
from .business import BusinessClient, TakenError
from .fhir import FhirClient
from .hl7 import Acknowledgement
from .mllp import MllpSender

__all__ = ["Acknowledgement", "BusinessClient", "FhirClient", "MllpSender", "RefusedError", "TakenError"]
