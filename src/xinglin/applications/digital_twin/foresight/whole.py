"""The whole house at once, and what was learnt of it kept from one minute to the next."""

from __future__ import annotations

import time
from dataclasses import replace

from .foreseeing import foresee
from .learning import Learnt, learn, now
from .model import BIN_MINUTES, ClinicNow, Foreseen, Habits, House, HouseForeseen, Line, Ward, WardForeseen
from .ward import Staying, foresee_ward, learn_stays


class Foresight:
    """Foresees house after house; what is learnt lasts until the past is given anew."""

    def __init__(self) -> None:
        self._learnt: dict[str, Learnt] = {}
        self._staying: dict[str, Staying] = {}

    def house(self, asked: House) -> HouseForeseen:
        """Everything that is asked; what nothing was learnt of leans on what is usual."""
        begun = time.process_time()
        if asked.past is not None:
            self._learnt = {
                service: learn(past.seen, past.kept, past.missed, past.days) for service, past in asked.past.items()
            }
        if asked.stays is not None:
            of_house = asked.stays.get("", ())
            self._staying = {ward: learn_stays(stays, of_house) for ward, stays in asked.stays.items()}
        clinics = tuple(self._clinic(one, asked) for one in asked.clinics)
        wards = tuple(self._ward(one, asked) for one in asked.wards)
        return HouseForeseen(clinics, wards, round(time.process_time() - begun, 3))

    def _clinic(self, clinic: ClinicNow, asked: House) -> Foreseen:
        learnt = self._learnt.get(clinic.service) or learn(clinic.today, days=0)
        habits, pace = now(learnt, clinic.today, asked.minute)
        if not learnt.past_days:
            habits = _until_the_last_sits(habits, clinic)
        doctors = []
        for one in clinic.doctors:
            mean, doubt = pace(one.name)
            doctors.append(replace(one, pace=mean, doubt=doubt))
        return foresee(Line(clinic.service, clinic.people, tuple(doctors), habits), asked.replications, asked.seed)

    def _ward(self, ward: Ward, asked: House) -> WardForeseen:
        staying = self._staying.get(ward.ward) or self._staying.get("") or learn_stays((), ())
        return foresee_ward(ward, staying, asked.replications, asked.seed)


def _until_the_last_sits(habits: Habits, clinic: ClinicNow) -> Habits:
    """Nobody new comes after the last doctor's hours; past days would have told that."""
    last = max((one.ends for one in clinic.doctors), default=0.0)

    def cut(rates: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(rate * min(1.0, max(0.0, last / BIN_MINUTES - place)) for place, rate in enumerate(rates))

    return replace(habits, walk_ins=cut(habits.walk_ins), bookers=cut(habits.bookers))
