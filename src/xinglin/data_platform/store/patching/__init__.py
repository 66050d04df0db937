"""Changes sent instead of a whole resource: JSON Patch (RFC 6902) and FHIRPath Patch
(hl7.org/fhir/R4/http.html#patch, fhirpatch.html)."""

from .patch import JSON_PATCH, Patch, of_entry, read_patch

__all__ = ["JSON_PATCH", "Patch", "of_entry", "read_patch"]
