"""A person as FHIR R4: bilingual Patient with national identifiers, and the Coverage."""

from __future__ import annotations

from typing import Any

from .. import identity
from .person import Person
from .region import FUNDS, InsuranceFund

_EXTENSION = "https://xinglin.health/fhir/StructureDefinition/"
_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_V3 = "http://terminology.hl7.org/CodeSystem/"


def fund(seed: int, fund: InsuranceFund) -> dict[str, Any]:
    """The payor as Organization."""
    return {
        "resourceType": "Organization",
        "id": identity.resource_id(seed, "Organization", fund.code),
        "identifier": [identity.identifier(identity.ORGANIZATION, fund.code)],
        "active": True,
        "type": [{"coding": [{"system": _V3 + "organization-type", "code": "pay"}]}],
        "name": fund.name,
        "_name": identity.in_english(fund.name_en),
        "alias": [fund.name_en],
    }


def patient(seed: int, person: Person) -> dict[str, Any]:
    """The Patient; names carry ISO 21090 representation (IDE characters, ABC pinyin)."""
    home = person.home
    return {
        "resourceType": "Patient",
        "id": identity.resource_id(seed, "Patient", person.number),
        "extension": _attributes(person),
        "identifier": [
            identity.identifier(identity.PATIENT, person.medical_record_number, "MR"),
            identity.identifier(identity.RESIDENT_ID, person.resident_id, "NI"),
            identity.identifier(identity.INSURANCE, person.insurance_number, "HC"),
        ],
        "active": True,
        "name": [
            _name(person.name.text, person.name.family, person.name.given, "IDE"),
            _name(person.name.text_pinyin, person.name.family_pinyin, person.name.given_pinyin, "ABC"),
        ],
        "telecom": [{"system": "phone", "value": person.mobile, "use": "mobile"}],
        "gender": "male" if person.male else "female",
        "birthDate": person.born.isoformat(),
        "address": [
            {
                "extension": [{"url": _EXTENSION + "cn-division-code", "valueCode": home.code}],
                "use": "home",
                "text": f"{home.province}{home.city}{home.county}{person.street}",
                "line": [person.street],
                "city": home.city,
                "district": home.county,
                "state": home.province,
                "postalCode": home.postal_code,
                "country": "CN",
            }
        ],
        "maritalStatus": {"coding": [{"system": _V3 + "v3-MaritalStatus", "code": "M" if person.married else "S"}]},
    }


def coverage(seed: int, person: Person) -> dict[str, Any]:
    """The basic medical insurance (城镇职工 or 城乡居民) and the fund that pays."""
    payor = FUNDS[person.home.insurance_code]
    kind = "职工基本医疗保险" if person.employed else "城乡居民基本医疗保险"
    return {
        "resourceType": "Coverage",
        "id": identity.resource_id(seed, "Coverage", person.number),
        "identifier": [identity.identifier(identity.INSURANCE, person.insurance_number)],
        "status": "active",
        "type": {"coding": [{"system": _V3 + "v3-ActCode", "code": "PUBLICPOL"}], "text": kind},
        "subscriberId": person.insurance_number,
        "beneficiary": identity.reference(seed, "Patient", person.number, person.name.text),
        "payor": [identity.reference(seed, "Organization", payor.code, payor.name)],
        "class": [
            {
                "type": {"coding": [{"system": _V3 + "coverage-class", "code": "group"}]},
                "value": payor.code,
                "name": payor.name,
            }
        ],
    }


def _name(text: str, family: str, given: str, representation: str) -> dict[str, Any]:
    return {
        "extension": [{"url": _REPRESENTATION, "valueCode": representation}],
        "use": "official",
        "text": text,
        "family": family,
        "given": [given],
    }


def _attributes(person: Person) -> list[dict[str, Any]]:
    code, ethnicity = person.ethnicity
    blood = f"{person.abo} {'Rh(D)+' if person.rh_positive else 'Rh(D)-'}"
    return [
        {
            "url": _EXTENSION + "cn-ethnicity",
            "valueCoding": {"system": identity.BASE + "cn/gb-t-3304", "code": code, "display": ethnicity},
        },
        {"url": _EXTENSION + "blood-group", "valueString": blood},
    ]
