"""The 50,000 people are made up, but as real people are."""

from __future__ import annotations

from collections import Counter
from datetime import date

import orjson
import pytest

from xinglin_demo.population import Population, coverage, patient
from xinglin_demo.population.pyramid import AS_OF, GROUPS
from xinglin_demo.population.resident_id import check_character, is_valid

PEOPLE = Population(1)


@pytest.fixture(scope="module")
def sample() -> list:
    return [PEOPLE.person(number) for number in range(0, 50_000, 5)]


def test_the_check_character_is_that_of_the_standard() -> None:
    # The worked example of GB 11643-1999, annex A.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


def test_a_mistyped_resident_id_is_noticed() -> None:
    number = PEOPLE.person(3).resident_id
    wrong = [number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :] for place in range(17)]
    assert is_valid(number)
    assert not any(is_valid(one) for one in wrong)


def test_resident_ids_agree_with_birth_and_sex_and_nobody_shares_one(sample: list) -> None:
    for person in sample:
        assert is_valid(person.resident_id)
        assert person.resident_id[6:14] == f"{person.born:%Y%m%d}"
        assert int(person.resident_id[16]) % 2 == (1 if person.male else 0)
    numbers = Counter(PEOPLE.person(number).resident_id for number in range(50_000))
    assert len(numbers) == 50_000


def test_ages_follow_the_pyramid(sample: list) -> None:
    total = sum(share for share, _ in GROUPS.values())
    found = Counter(min(85, person.age_on(AS_OF) // 5 * 5) for person in sample)
    for first_age, (share, _) in GROUPS.items():
        assert found[first_age] / len(sample) == pytest.approx(share / total, abs=0.012)
    women_over_85 = [not person.male for person in sample if person.age_on(AS_OF) >= 85]
    assert sum(women_over_85) > len(women_over_85) / 2


def test_surnames_are_as_frequent_as_in_china(sample: list) -> None:
    found = Counter(person.name.family for person in sample)
    most_frequent = {family for family, _ in found.most_common(5)}
    assert {"王", "李", "张"} <= most_frequent
    assert found["王"] / len(sample) == pytest.approx(0.08, abs=0.015)
    assert len(found) > 90


def test_given_names_tell_the_generation(sample: list) -> None:
    old = {person.name.given for person in sample if person.born.year < 1960}
    young = {person.name.given for person in sample if person.born.year >= 2010}
    assert any("桂" in given for given in old) and not any("桂" in given for given in young)
    assert any("梓" in given for given in young) and not any("梓" in given for given in old)


def test_names_are_bilingual() -> None:
    resource = patient(1, PEOPLE.person(0))
    characters, pinyin = resource["name"]
    assert characters["text"] == characters["family"] + characters["given"][0]
    assert pinyin["text"].isascii() or "ü" in pinyin["text"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_people() -> None:
    def written(seed: int) -> bytes:
        people = Population(seed)
        return b"".join(
            orjson.dumps([patient(seed, people.person(number)), coverage(seed, people.person(number))])
            for number in (0, 17, 49_999)
        )

    assert written(1) == written(1)
    assert written(1) != written(2)


def test_people_live_in_the_three_regions_and_are_insured_there(sample: list) -> None:
    counties = Counter(person.home.county for person in sample)
    assert {"青浦区", "吴江区", "嘉善县"} <= set(dict(counties.most_common(3)))
    for person in sample[:200]:
        payor = coverage(1, person)["class"][0]["value"]
        assert payor == person.home.insurance_code == person.insurance_number[:6]


def test_an_age_counts_completed_years() -> None:
    person = PEOPLE.person(0)
    birthday = date(2026, person.born.month, person.born.day if person.born.day < 29 else 28)
    assert person.age_on(birthday) - person.age_on(date(2026, 1, 1)) in (0, 1)
    assert person.age_on(date(person.born.year + 40, 12, 31)) == 40


def test_more_people_than_there_are_numbers_for_are_refused() -> None:
    with pytest.raises(ValueError, match="50000"):
        Population(1, 50_001)
