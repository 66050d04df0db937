"""What kind of thing a resource tells: rules speak of these, not of R4's 146 types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from xinglin.data_platform.fhir import resource_types

_TYPES: Mapping[str, str] = {
    "identity": "Patient Person RelatedPerson Group VerificationResult",
    "visit": "Encounter EpisodeOfCare",
    "booking": "Appointment AppointmentResponse Schedule Slot",
    "directory": "Organization OrganizationAffiliation Practitioner PractitionerRole Location HealthcareService"
    " Endpoint Device DeviceDefinition DeviceMetric Substance Medication MedicationKnowledge InsurancePlan"
    " CatalogEntry",
    "order": "ServiceRequest DeviceRequest NutritionOrder SupplyRequest SupplyDelivery VisionPrescription RequestGroup"
    " CommunicationRequest Task Communication",
    "diagnostic": "Observation DiagnosticReport Specimen ImagingStudy Media MolecularSequence BodyStructure",
    "medication": "MedicationRequest MedicationDispense MedicationAdministration MedicationStatement AllergyIntolerance"
    " Immunization ImmunizationEvaluation ImmunizationRecommendation DetectedIssue",
    "clinical": "Condition Procedure CarePlan CareTeam Goal ClinicalImpression Composition DocumentManifest"
    " DocumentReference FamilyMemberHistory RiskAssessment Flag List AdverseEvent DeviceUseStatement GuidanceResponse"
    " Basic Binary Bundle Linkage MessageHeader Parameters OperationOutcome BiologicallyDerivedProduct",
    "reported": "QuestionnaireResponse",
    "consent": "Consent Contract",
    "finance": "Account ChargeItem Claim ClaimResponse Coverage CoverageEligibilityRequest CoverageEligibilityResponse"
    " EnrollmentRequest EnrollmentResponse ExplanationOfBenefit Invoice PaymentNotice PaymentReconciliation",
    "research": "ResearchStudy ResearchSubject MeasureReport",
    "proof": "AuditEvent Provenance",
    "control": "Subscription SearchParameter",
}
DEFINITION = "definition"
CATEGORIES = (*_TYPES, DEFINITION)
"""Every R4 type is in one of them: what is named nowhere defines (ValueSet, Questionnaire, PlanDefinition …)."""


@cache
def category_of(type_: str) -> str:
    """The category of a resource type."""
    return next((name for name, types in _TYPES.items() if type_ in types.split()), DEFINITION)


@cache
def types_of(category: str) -> tuple[str, ...]:
    """The types of a category, sorted."""
    return tuple(sorted(type_ for type_ in resource_types() if category_of(type_) == category))
