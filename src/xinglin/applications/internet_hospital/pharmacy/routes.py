"""The pharmacy over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from xinglin.foundation.http import needs, principal_of, touched_of

from ..visit.model import Id
from .model import Prescription, PrescriptionShown, State, Step, StepAsked
from .service import Pharmacy

REVIEW = "internet_hospital.review"


def router(pharmacy: Pharmacy) -> APIRouter:
    """The operations under ``/api/prescriptions``."""
    api = APIRouter(prefix="/api/prescriptions", tags=["prescriptions"])

    @api.get("", openapi_extra=needs(REVIEW))
    async def read_prescriptions(request: Request, state: State = "review") -> list[Prescription]:
        """Prescriptions that wait for review, for handing out, or that were dispensed."""
        found = await pharmacy.waiting(state)
        lines = [f"MedicationRequest/{line.request}" for one in found for line in one.lines]
        touched_of(request.scope).add(lines, [one.patient for one in found])
        return found

    @api.get("/{number}", openapi_extra=needs(REVIEW))
    async def read_prescription(request: Request, number: Id) -> PrescriptionShown:
        """One prescription, what stands against it, and why the doctor overrode what did."""
        return _touched(request, await pharmacy.read(number))

    @api.post("/{number}/{step}", openapi_extra=needs(REVIEW))
    async def do_step(request: Request, number: Id, step: Step, body: StepAsked) -> PrescriptionShown:
        """Approve, return to the doctor with a reason, dispense, or take back with a reason."""
        return _touched(request, await pharmacy.step(number, step, body.reason, principal_of(request)))

    return api


def _touched(request: Request, shown: PrescriptionShown) -> PrescriptionShown:
    touched_of(request.scope).add([f"MedicationRequest/{one.request}" for one in shown.lines], [shown.patient])
    return shown
