"""Row-level security on records, by what the session says of the one who asks (decision 0015).

It is a wall of its own: nothing of it is made from the rules that Cedar reads, and it is coarser than they are. What a
rule opens by mistake stays closed here where no relation opens it. One policy says one thing, so that taking any away
shows in the tests. Functions hide their look-ups from the planner, which would plan a dozen sub-queries for each
search.
"""

from xinglin.foundation.database import execute_script

revision = "wall_0001"
down_revision = None
branch_labels = None
depends_on = None

_ALL = "current_setting('xinglin.reach') = 'all'"
_OWN = "patient = ANY(current_setting('xinglin.patients')::text[])"
_DESKS = {
    "technician": "Patient Person RelatedPerson Group VerificationResult Encounter EpisodeOfCare ServiceRequest"
    " DeviceRequest NutritionOrder SupplyRequest SupplyDelivery VisionPrescription RequestGroup CommunicationRequest"
    " Task Communication Observation DiagnosticReport Specimen ImagingStudy Media MolecularSequence BodyStructure",
    "pharmacist": "Patient Person RelatedPerson Group VerificationResult Encounter EpisodeOfCare MedicationRequest"
    " MedicationDispense MedicationAdministration MedicationStatement AllergyIntolerance Immunization"
    " ImmunizationEvaluation ImmunizationRecommendation DetectedIssue Observation DiagnosticReport Specimen"
    " ImagingStudy Media MolecularSequence BodyStructure",
    "registrar": "Patient Person RelatedPerson Group VerificationResult Encounter EpisodeOfCare Appointment"
    " AppointmentResponse Schedule Slot Account ChargeItem Claim ClaimResponse Coverage CoverageEligibilityRequest"
    " CoverageEligibilityResponse EnrollmentRequest EnrollmentResponse ExplanationOfBenefit Invoice PaymentNotice"
    " PaymentReconciliation",
}
_CLOSED = (
    "Patient Person RelatedPerson Group VerificationResult Encounter EpisodeOfCare ServiceRequest DeviceRequest"
    " NutritionOrder SupplyRequest SupplyDelivery VisionPrescription RequestGroup CommunicationRequest Task"
    " Communication Observation DiagnosticReport Specimen ImagingStudy Media MolecularSequence BodyStructure"
    " MedicationRequest MedicationDispense MedicationAdministration MedicationStatement AllergyIntolerance Immunization"
    " ImmunizationEvaluation ImmunizationRecommendation DetectedIssue Condition Procedure CarePlan CareTeam Goal"
    " ClinicalImpression Composition DocumentManifest DocumentReference FamilyMemberHistory RiskAssessment Flag List"
    " AdverseEvent DeviceUseStatement GuidanceResponse Basic Binary Bundle Linkage MessageHeader Parameters"
    " OperationOutcome BiologicallyDerivedProduct QuestionnaireResponse Consent Contract Account ChargeItem Claim"
    " ClaimResponse Coverage CoverageEligibilityRequest CoverageEligibilityResponse EnrollmentRequest"
    " EnrollmentResponse ExplanationOfBenefit Invoice PaymentNotice PaymentReconciliation ResearchStudy ResearchSubject"
    " MeasureReport AuditEvent Provenance Subscription SearchParameter"
)
_WALLED = ("resource", "resource_history")


def _known(what: str) -> str:
    """Whether this was found of the caller and the patient before in this transaction: most statements meet many rows
    of one patient, and looking at a setting costs a fraction of looking it up."""
    return f"current_setting('xinglin.wall_{what}', true) = current_setting('xinglin.account') || ' ' || patient"


PERMISSIVE = {
    "whole_institution": _ALL,
    "own_record": f"current_setting('xinglin.reach') <> 'none' AND {_OWN}",
    "nobodys_record": "current_setting('xinglin.reach') <> 'none' AND patient = '' AND NOT wall_is_closed(type)",
    "in_care": f"current_setting('xinglin.reach') = 'care' AND ({_known('in_care')} OR wall_in_care(patient))",
    "desk": "wall_at_desk(type) AND (patient <> '' OR 'registrar' = ANY(current_setting('xinglin.desks')::text[]))",
}
RESTRICTIVE = {
    "own_tenant": "tenant = current_setting('xinglin.tenant')::integer",
    "consent": f"{_ALL} OR {_OWN} OR {_known('undenied')} OR NOT wall_is_denied(type, patient, marks)",
    "masked": f"{_ALL} OR {_OWN} OR (marks & 1 = 0 AND ({_known('unguarded')} OR NOT wall_is_guarded(patient)))"
    " OR wall_in_person(patient)",
    "proof": f"{_ALL} OR type NOT IN ('AuditEvent', 'Provenance')",
}


def unweighed(condition: str) -> str:
    """``condition`` in a form of which the planner expects that it hides nothing, as it does for the node itself: where
    it guessed that a policy leaves few rows, it read all resources to find a handful by their tokens."""
    return f"(CASE WHEN {condition} THEN true END) IS NOT NULL"


def upgrade() -> None:
    execute_script(
        """
        CREATE FUNCTION wall_found(what text, of text, holds boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            RETURN holds AND
                set_config('xinglin.wall_' || what, current_setting('xinglin.account') || ' ' || of, true) IS NOT NULL;
        END $$;

        CREATE FUNCTION wall_broke_glass(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN current_setting('xinglin.reach') = 'care' AND EXISTS (
                SELECT FROM broken_glass
                WHERE account = current_setting('xinglin.account') AND patient = of AND until > now());
        END $$;

        CREATE FUNCTION wall_is_named(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (
                SELECT FROM consent_rule
                WHERE patient = of AND decision = 'permit' AND now() BETWEEN since AND until
                    AND parties && current_setting('xinglin.parties')::text[]);
        END $$;

        CREATE FUNCTION wall_in_person(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (
                SELECT FROM care_relation
                WHERE patient = of AND party = ANY(current_setting('xinglin.parties')::text[])
                    AND until > now() AND in_person
            ) OR wall_broke_glass(of) OR wall_is_named(of);
        END $$;

        CREATE FUNCTION wall_in_care(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN wall_found('in_care', of, EXISTS (
                SELECT FROM care_relation
                WHERE patient = of AND party = ANY(current_setting('xinglin.parties')::text[]) AND until > now()
            ) OR wall_broke_glass(of) OR wall_is_named(of));
        END $$;

        CREATE FUNCTION wall_is_guarded(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN NOT wall_found('unguarded', of, NOT EXISTS (SELECT FROM guarded_patient WHERE patient = of));
        END $$;

        CREATE FUNCTION wall_is_denied(asked text, of text, marked smallint) RETURNS boolean
        LANGUAGE plpgsql STABLE AS $$
        DECLARE
            ours text[];
            aim text := current_setting('xinglin.purpose');
            deepest record;
        BEGIN
            IF NOT EXISTS (SELECT FROM consent_rule WHERE patient = of AND decision = 'deny') THEN
                RETURN NOT wall_found('undenied', of, true);
            END IF;
            ours := current_setting('xinglin.parties')::text[];
            FOR deepest IN
                SELECT DISTINCT ON (source) decision FROM consent_rule
                WHERE patient = of AND now() BETWEEN since AND until AND (types IS NULL OR asked = ANY(types))
                    AND (marks = 0 OR marks & marked <> 0)
                    AND (parties IS NULL OR parties && ours OR ('in-care' = ANY(parties) AND EXISTS (
                        SELECT FROM care_relation c WHERE c.patient = of AND c.party = ANY(ours) AND c.until > now())))
                    AND (purposes IS NULL OR aim = ANY(purposes))
                ORDER BY source, depth DESC, decision
            LOOP
                IF deepest.decision = 'deny' THEN
                    RETURN NOT wall_broke_glass(of);
                END IF;
            END LOOP;
            RETURN false;
        END $$;

        CREATE TABLE wall_desk (desk text NOT NULL, type text COLLATE "C" NOT NULL, PRIMARY KEY (desk, type));
        CREATE TABLE wall_closed (type text COLLATE "C" PRIMARY KEY);

        CREATE FUNCTION wall_at_desk(asked text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (
                SELECT FROM wall_desk WHERE type = asked AND desk = ANY(current_setting('xinglin.desks')::text[]));
        END $$;

        CREATE FUNCTION wall_is_closed(asked text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (SELECT FROM wall_closed WHERE type = asked);
        END $$;
        """
    )
    for desk, types in _DESKS.items():
        execute_script(f"INSERT INTO wall_desk SELECT '{desk}', unnest(string_to_array('{types}', ' '))")
    execute_script(f"INSERT INTO wall_closed SELECT unnest(string_to_array('{_CLOSED}', ' '))")
    for table in _WALLED:
        execute_script(f"DROP POLICY own_tenant ON {table}")
        for kind, policies in (("PERMISSIVE", PERMISSIVE), ("RESTRICTIVE", RESTRICTIVE)):
            for name, condition in policies.items():
                execute_script(f"CREATE POLICY {name} ON {table} AS {kind} USING ({unweighed(condition)})")
