"""Tests before the doctor, by rule: each protocol fits whom it is for and nobody else, and a bad one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.applications.virtual_doctor.consultation.model import Consultation
from xinglin.applications.virtual_doctor.consultation.service import turn
from xinglin.applications.virtual_doctor.protocol import Person, proposed, protocols, read_protocols
from xinglin.data_platform.terminology import orderables
from xinglin.foundation.errors import Category, XinglinError

GROWN = Person(45, "impossible")
DIABETIC = Person(60, "impossible", frozenset({"E11.900"}))
WOMAN = Person(30, "unknown")

FITTING = {
    "fever-3-days": ("发烧三天，没有别的不舒服", "fever for three days", GROWN),
    "influenza-2-days": ("发烧一天，咳嗽", "fever and cough for one day", GROWN),
    "dysuria": ("尿频尿急尿痛", "it burns when I pee", GROWN),
    "cough-2-weeks": ("咳嗽三周", "cough for three weeks", GROWN),
    "ankle-injury": ("脚踝扭伤了", "I sprained my ankle", GROWN),
    "diabetes-review": ("糖尿病复诊", "diabetes follow-up", DIABETIC),
    "sore-throat-fever": ("嗓子疼，发烧四天", "sore throat and fever for four days", GROWN),
    "indigestion-35": ("烧心，反酸", "heartburn", GROWN),
    "diarrhoea-3-days": ("拉肚子三天", "diarrhoea for three days", GROWN),
    "tired-2-weeks": ("累，没力气三周", "tired for three weeks", GROWN),
}

EXCLUDED = [
    ("fever-3-days", "发烧两天", GROWN, "too short"),
    ("fever-3-days", "发烧三天", Person(3, "impossible"), "a small child"),
    ("fever-3-days", "化疗后发烧三天", GROWN, "weak defences"),
    ("fever-3-days", "发烧三天", Person(45, "impossible", tested_days_ago={"crp": 1.0}), "tested yesterday"),
    ("fever-3-days", "发烧三天", Person(None, "impossible"), "the age is not known"),
    ("influenza-2-days", "发烧四天，咳嗽", GROWN, "too late"),
    ("influenza-2-days", "发烧一天", GROWN, "nothing of the airway"),
    ("dysuria", "尿频尿急尿痛，腰痛", GROWN, "may be the kidney"),
    ("dysuria", "怀孕了，尿频尿痛", WOMAN, "pregnant"),
    ("cough-2-weeks", "咳嗽三周", WOMAN, "pregnancy was not asked"),
    ("cough-2-weeks", "咳嗽三周", Person(30, "yes"), "pregnant by the record"),
    ("cough-2-weeks", "咳嗽三天", GROWN, "too short"),
    ("ankle-injury", "脚踝扭伤了，脚发凉发白", GROWN, "a cold limb"),
    ("ankle-injury", "脚踝扭伤了", WOMAN, "pregnancy was not asked"),
    ("diabetes-review", "糖尿病复诊", GROWN, "the record knows of no diabetes"),
    ("diabetes-review", "糖尿病复诊", Person(60, "impossible", DIABETIC.illnesses, {"hba1c": 40.0}), "tested"),
    ("sore-throat-fever", "嗓子疼，发烧四天，流口水咽不下", GROWN, "drooling"),
    ("indigestion-35", "烧心，反酸", Person(30, "impossible"), "too young"),
    ("diarrhoea-3-days", "拉肚子一天", GROWN, "too short"),
    ("tired-2-weeks", "累，没力气三周", Person(30, "yes"), "pregnant"),
]


def found(words: str, person: Person, only: str | None = None, **answers: Any) -> list[str]:
    told = turn(Consultation(words=words, answers=answers))
    offered = [one for one in protocols().values() if only in (None, one.id)]
    return [one.protocol.id for one in proposed(told.understood, told.advice, person, offered)]


def test_every_protocol_is_tried_below() -> None:
    assert FITTING.keys() == protocols().keys()
    assert {one for one, *_ in EXCLUDED} == protocols().keys()


@pytest.mark.parametrize("protocol", FITTING)
def test_each_protocol_proposes_its_tests_to_whom_it_is_for(protocol: str) -> None:
    chinese, english, person = FITTING[protocol]
    assert found(chinese, person, protocol) == [protocol]
    assert found(english, person, protocol) == [protocol]
    one = protocols()[protocol]
    assert one.sources
    assert all(test.code in orderables() for test in one.tests)
    assert one.minutes_before > 0


@pytest.mark.parametrize(("protocol", "words", "person", "why"), EXCLUDED)
def test_whoever_is_excluded_gets_no_proposal(protocol: str, words: str, person: Person, why: str) -> None:
    assert found(words, person, protocol) == [], why


def test_nobody_who_should_be_seen_at_once_or_today_is_sent_to_tests_first() -> None:
    for words in (
        "胸痛，出冷汗，烧心",
        "发烧三天，喘不上气",
        "脚扭伤了，骨头断了",
        "心慌，咳嗽三周",
        "fever for 3 days and confused",
    ):
        assert turn(Consultation(words=words)).advice.level in (1, 2, 3)
        assert found(words, GROWN) == []


def test_words_about_somebody_else_or_of_another_age_lead_to_nothing_in_this_record() -> None:
    assert found("我妈妈发烧三天", GROWN) == []
    assert found("8岁，发烧三天", GROWN) == []
    assert found("45岁，发烧三天", GROWN) == ["fever-3-days"]


def test_pregnancy_is_asked_where_it_decides_and_its_answer_counts() -> None:
    assert turn(Consultation(words="咳嗽三周")).asks_pregnancy
    assert not turn(Consultation(words="发烧三天")).asks_pregnancy
    assert found("咳嗽三周", WOMAN, pregnant="no") == ["cough-2-weeks"]
    for answer in ("yes", "unsure"):
        assert found("咳嗽三周", WOMAN, pregnant=answer) == []
    assert found("咳嗽三周", Person(30, "yes"), pregnant="no") == []


def test_no_test_is_proposed_twice() -> None:
    told = found("嗓子疼，发烧四天", GROWN)
    assert told == ["fever-3-days"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tests": ["no-such-test"]}, "tests that do not exist"),
        ({"tests": []}, "tests that do not exist"),
        ({"if": ["no_such_finding"]}, "findings that do not exist"),
        ({"unless": ["no_such_finding"]}, "findings that do not exist"),
        ({"if": []}, "findings that do not exist"),
        ({"source": []}, "names no source"),
        ({"source": [" "]}, "names no source"),
        ({"source": None}, "names no source"),
        ({"pregnant": False}, "nothing reads"),
        ({"asks_pregnancy": True}, "does nothing with it"),
    ],
)
def test_a_protocol_that_cannot_be_relied_on_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    good = {
        "id": "good", "version": "1", "zh": "好", "en": "good", "if": ["fever"], "tests": ["cbc"], "unless": [],
        "minutes_before": 30, "again_days": 1, "source": ["A guideline"],
    }  # fmt: skip
    assert len(read_protocols([good])) == 1
    with pytest.raises(XinglinError) as refused:
        read_protocols([{**good, **change}])
    assert refused.value.category is Category.INVALID
    assert "good" in refused.value.english
    assert words in refused.value.english


def test_a_protocol_without_what_it_needs_or_with_anothers_id_is_refused() -> None:
    with pytest.raises(XinglinError, match="lacks"):
        read_protocols([{"id": "bare"}])
    row = {
        "id": "twice", "version": "1", "zh": "好", "en": "good", "if": ["fever"], "tests": ["cbc"], "unless": [],
        "minutes_before": 30, "again_days": 1, "source": ["A guideline"],
    }  # fmt: skip
    with pytest.raises(XinglinError, match="one id"):
        read_protocols([row, row])
