"""FHIR R4 resources: their shapes, their search and the store that keeps them."""
