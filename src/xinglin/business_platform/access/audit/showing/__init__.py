"""The audit trail shown: to auditors by search and as AuditEvents, to patients as who saw their record."""

from .audit_event import audit_event
from .fhir_routes import fhir_routes
from .routes import router
from .search import Asked, Page, TrailReader

__all__ = ["Asked", "Page", "TrailReader", "audit_event", "fhir_routes", "router"]
