"""A made-up store of any size, drawn from the forty Synthea histories: their codes, units, forms and ranges, with
ids, names, dates and values of its own. The same seed and size give the same resources, portion by portion."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

Resource: TypeAlias = "dict[str, Any]"

OBSERVATIONS_PER_PATIENT = 150  # of the histories: 5,848 of 39 patients
_OBSERVATIONS_PER_ENCOUNTER = 8
_OBSERVATIONS_PER_REQUEST = 10
_PATIENTS_PER_PORTION = 20
_PATIENTS_PER_PRACTITIONER = 25
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_YEARS = 30
_SYLLABLES = [
    "an",
    "bar",
    "cor",
    "del",
    "el",
    "fen",
    "gar",
    "hol",
    "in",
    "jor",
    "kal",
    "lem",
    "mor",
    "nas",
    "ol",
    "per",
    "quin",
    "ros",
    "sel",
    "tur",
    "ul",
    "ver",
    "wil",
    "xan",
    "yor",
    "zel",
]
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰涛明超霞平刚桂英建国文华玉兰志红"


@dataclass(frozen=True, slots=True)
class Population:
    """``observations`` Observations with their Patients, Encounters, MedicationRequests, Practitioners and
    Organizations."""

    templates: dict[str, list[Resource]]
    observations: int

    @property
    def patients(self) -> int:
        return max(1, self.observations // OBSERVATIONS_PER_PATIENT)

    @property
    def practitioners(self) -> int:
        return max(20, self.patients // _PATIENTS_PER_PRACTITIONER)

    @property
    def portions(self) -> int:
        """How many portions there are; the first holds the staff."""
        return 1 + -(-self.patients // _PATIENTS_PER_PORTION)

    def portion(self, number: int) -> Iterator[Resource]:
        """The resources of one portion."""
        if number == 0:
            yield from self._staff()
            return
        first = (number - 1) * _PATIENTS_PER_PORTION
        for patient in range(first, min(first + _PATIENTS_PER_PORTION, self.patients)):
            yield from self._life(patient)

    def _staff(self) -> Iterator[Resource]:
        random = Random("staff")
        for number in range(self.practitioners):
            yield {
                **random.choice(self.templates["Practitioner"]),
                "id": _id("Practitioner", number),
                "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": f"{9_000_000_000 + number}"}],
                "name": [_name(random, self.templates["Practitioner"])],
            }
        for number in range(max(10, self.practitioners // 4)):
            known = random.choice(self.templates["Organization"])
            name = f"{random.choice(_SYLLABLES)}{random.choice(_SYLLABLES)} {known['name']}".upper()
            identifier = [{"system": "urn:bench:organization", "value": str(number)}]
            yield {**known, "id": _id("Organization", number), "identifier": identifier, "name": name}

    def _life(self, number: int) -> Iterator[Resource]:
        random = Random(f"life {number}")
        patient = _id("Patient", number)
        yield self._patient(random, patient, number)
        share = self.observations // self.patients
        many = share + (self.observations - share * self.patients if number == 0 else 0)
        encounters = [
            self._encounter(random, patient, f"{number}-{place}")
            for place in range(1 + many // _OBSERVATIONS_PER_ENCOUNTER)
        ]
        yield from encounters
        for place in range(many):
            yield self._observation(random, patient, random.choice(encounters), f"{number}-{place}")
        for place in range(many // _OBSERVATIONS_PER_REQUEST):
            encounter = random.choice(encounters)
            yield {
                **random.choice(self.templates["MedicationRequest"]),
                "id": _id("MedicationRequest", f"{number}-{place}"),
                "subject": {"reference": f"Patient/{patient}"},
                "encounter": {"reference": f"Encounter/{encounter['id']}"},
                "authoredOn": encounter["period"]["start"],
                "requester": self._somebody(random),
            }

    def _patient(self, random: Random, id_: str, number: int) -> Resource:
        known = random.choice(self.templates["Patient"])
        born = datetime(1930, 1, 1, tzinfo=UTC) + timedelta(days=random.randrange(34_000))
        address = {**known["address"][0], "line": [f"{random.randrange(1, 2000)} {_word(random)} Street"]}
        return {
            **known,
            "id": id_,
            "identifier": [
                {"system": "https://github.com/synthetichealth/synthea", "value": id_},
                {"system": "http://hospital.smarthealthit.org", "value": f"M{number:09}"},
            ],
            "name": [_name(random, self.templates["Patient"])],
            "birthDate": f"{born:%Y-%m-%d}",
            "address": [address],
        }

    def _encounter(self, random: Random, patient: str, place: str) -> Resource:
        known = random.choice(self.templates["Encounter"])
        start = _NOW - timedelta(seconds=int(_YEARS * 365 * 86_400 * random.random() ** 2))
        end = start + timedelta(minutes=random.choice((15, 30, 30, 60, 240, 4320)))
        period = {"start": _instant(start), "end": _instant(end)}
        return {
            **known,
            "id": _id("Encounter", place),
            "subject": {"reference": f"Patient/{patient}"},
            "period": period,
            "participant": [{**known["participant"][0], "period": period, "individual": self._somebody(random)}],
            "serviceProvider": {"reference": f"Organization/{_id('Organization', random.randrange(10))}"},
        }

    def _observation(self, random: Random, patient: str, encounter: Resource, place: str) -> Resource:
        known = random.choice(self.templates["Observation"])
        found = {
            **known,
            "id": _id("Observation", place),
            "subject": {"reference": f"Patient/{patient}"},
            "encounter": {"reference": f"Encounter/{encounter['id']}"},
            "performer": [self._somebody(random)],
            "effectiveDateTime": encounter["period"]["start"],
            "issued": encounter["period"]["start"],
        }
        if "valueQuantity" in known:
            found["valueQuantity"] = _shaken(random, known["valueQuantity"])
        if "component" in known:
            found["component"] = [
                {**one, "valueQuantity": _shaken(random, one["valueQuantity"])} if "valueQuantity" in one else one
                for one in known["component"]
            ]
        return found

    def _somebody(self, random: Random) -> Resource:
        return {"reference": f"Practitioner/{_id('Practitioner', random.randrange(self.practitioners))}"}


def read_templates(synthea: Path) -> dict[str, list[Resource]]:
    """The histories' resources by type; raises FileNotFoundError where the folder holds none."""
    files = sorted(synthea.glob("*.json.gz"))
    if not files:
        raise FileNotFoundError(synthea)
    found: dict[str, list[Resource]] = defaultdict(list)
    for file in files:
        for entry in json.loads(gzip.decompress(file.read_bytes()))["entry"]:
            found[entry["resource"]["resourceType"]].append(entry["resource"])
    found["MedicationRequest"] = [_unreasoned(one) for one in found["MedicationRequest"]]
    return found


def _unreasoned(request: Resource) -> Resource:
    return {name: value for name, value in request.items() if name != "reasonReference"}


def _id(type_: str, place: object) -> str:
    digits = blake2b(f"{type_}/{place}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _name(random: Random, templates: list[Resource]) -> Resource:
    if random.random() < 0.2:
        family, given = random.choice(_SURNAMES), "".join(random.sample(_GIVEN, random.choice((1, 2, 2))))
        return {"use": "official", "text": family + given, "family": family, "given": [given]}
    known = random.choice(templates)["name"][0]
    family = known["family"] if random.random() < 0.3 else _word(random)
    return {"use": "official", "family": family, "given": [random.choice(templates)["name"][0]["given"][0]]}


def _word(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(random.choice((2, 2, 3)))).capitalize()


def _shaken(random: Random, quantity: Resource) -> Resource:
    value = quantity["value"]
    digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
    shaken = round(value * random.uniform(0.8, 1.25), min(digits, 4))
    return {**quantity, "value": shaken if digits else int(shaken)}


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}+08:00"
