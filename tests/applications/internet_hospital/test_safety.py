"""What stands against a prescription, as a pharmacist would say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prescriptions import formulary, line, record

from xinglin.applications.internet_hospital.safety import (
    Facts,
    Finding,
    Line,
    check,
    egfr_ckd_epi_2021,
    facts_of,
    is_current,
)
from xinglin.applications.internet_hospital.safety.allergy import classes
from xinglin.applications.internet_hospital.safety.interaction import rules

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def kinds(found: list[Finding]) -> set[tuple[str, str]]:
    return {(one.kind, one.severity) for one in found}


SENTENCES: list[tuple[str, list[str], dict[str, Any], set[tuple[str, str]]]] = [
    ("amoxicillin for a man without allergies is safe", ["amoxicillin-250mg"], {}, set()),
    ("metformin for well kidneys is safe", ["metformin-500mg"], {}, set()),
    ("amlodipine with valsartan is a usual pair", ["amlodipine-5mg", "valsartan-80mg"], {}, set()),
    ("penicillin allergy stops amoxicillin", ["amoxicillin-250mg"], {"allergies": ("青霉素",)}, {("allergy", "stop")}),
    (
        "penicillin allergy in English stops co-amoxiclav",
        ["amoxicillin-clavulanate-457mg"],
        {"allergies": ("Penicillin G",)},
        {("allergy", "stop")},
    ),
    (
        "allergy to amoxicillin stops another penicillin",
        ["phenoxymethylpenicillin-250mg"],
        {"allergies": ("阿莫西林",)},
        {("allergy", "stop")},
    ),
    (
        "penicillin allergy cautions against a cephalosporin",
        ["cefuroxime-250mg"],
        {"allergies": ("青霉素过敏",)},
        {("allergy", "caution")},
    ),
    (
        "sulfa allergy stops co-trimoxazole",
        ["sulfamethoxazole-trimethoprim-480mg"],
        {"allergies": ("磺胺",)},
        {("allergy", "stop")},
    ),
    (
        "sulfa allergy cautions against celecoxib",
        ["celecoxib-200mg"],
        {"allergies": ("磺胺",)},
        {("allergy", "caution")},
    ),
    ("aspirin allergy stops ibuprofen", ["ibuprofen-300mg"], {"allergies": ("阿司匹林",)}, {("allergy", "stop")}),
    (
        "allergy to allopurinol stops allopurinol",
        ["allopurinol-100mg"],
        {"allergies": ("别嘌醇",)},
        {("allergy", "stop"), ("missing", "unknown")},
    ),
    (
        "an allergy the checker does not know is said",
        ["metformin-500mg"],
        {"allergies": ("某中药",)},
        {("missing", "unknown")},
    ),
    ("allergies that nobody asked for are said", ["metformin-500mg"], {"allergies": None}, {("missing", "unknown")}),
    ("warfarin with ibuprofen", ["warfarin-2.5mg", "ibuprofen-300mg"], {}, {("interaction", "stop")}),
    (
        "ibuprofen for somebody on warfarin",
        ["ibuprofen-300mg"],
        {"taking": ("warfarin-2.5mg",)},
        {("interaction", "stop")},
    ),
    (
        "metronidazole for somebody on warfarin",
        ["metronidazole-200mg"],
        {"taking": ("warfarin-2.5mg",)},
        {("interaction", "stop")},
    ),
    (
        "clarithromycin for somebody on simvastatin",
        ["clarithromycin-250mg"],
        {"taking": ("simvastatin-20mg",)},
        {("interaction", "stop")},
    ),
    (
        "clarithromycin for somebody on rosuvastatin",
        ["clarithromycin-250mg"],
        {"taking": ("rosuvastatin-10mg",)},
        set(),
    ),
    (
        "sildenafil for somebody on a nitrate",
        ["sildenafil-50mg"],
        {"taking": ("isosorbide-mononitrate-20mg",)},
        {("interaction", "stop")},
    ),
    (
        "enalapril for somebody on sacubitril",
        ["enalapril-10mg"],
        {"taking": ("sacubitril-valsartan-100mg",)},
        {("interaction", "stop")},
    ),
    ("enalapril with losartan", ["enalapril-10mg", "losartan-50mg"], {}, {("interaction", "stop")}),
    (
        "spironolactone for somebody on enalapril",
        ["spironolactone-20mg"],
        {"taking": ("enalapril-10mg",)},
        {("interaction", "caution")},
    ),
    (
        "potassium for somebody on valsartan",
        ["potassium-chloride-0.5g"],
        {"taking": ("valsartan-80mg",)},
        {("interaction", "stop")},
    ),
    (
        "co-trimoxazole for somebody on spironolactone",
        ["sulfamethoxazole-trimethoprim-480mg"],
        {"taking": ("spironolactone-20mg",)},
        {("interaction", "stop")},
    ),
    (
        "diclofenac for somebody on lithium",
        ["diclofenac-75mg"],
        {"taking": ("lithium-250mg",)},
        {("interaction", "stop")},
    ),
    (
        "amiodarone for somebody on digoxin",
        ["amiodarone-200mg"],
        {"taking": ("digoxin-0.25mg",)},
        {("interaction", "stop")},
    ),
    (
        "verapamil for somebody on metoprolol",
        ["verapamil-40mg"],
        {"taking": ("metoprolol-47.5mg",)},
        {("interaction", "stop")},
    ),
    (
        "propranolol for somebody who inhales salbutamol",
        ["propranolol-10mg"],
        {"taking": ("salbutamol-100ug",)},
        {("interaction", "stop")},
    ),
    (
        "fluoxetine for somebody on selegiline",
        ["fluoxetine-20mg"],
        {"taking": ("selegiline-5mg",)},
        {("interaction", "stop")},
    ),
    (
        "tramadol for somebody on sertraline",
        ["tramadol-50mg"],
        {"taking": ("sertraline-50mg",)},
        {("interaction", "caution")},
    ),
    (
        "erythromycin for somebody on domperidone",
        ["erythromycin-125mg"],
        {"taking": ("domperidone-10mg",)},
        {("interaction", "stop"), ("interaction", "caution")},
    ),
    (
        "allopurinol for somebody on azathioprine",
        ["allopurinol-100mg"],
        {"taking": ("azathioprine-50mg",)},
        {("interaction", "stop")},
    ),
    (
        "clarithromycin for somebody on colchicine",
        ["clarithromycin-250mg"],
        {"taking": ("colchicine-0.5mg",)},
        {("interaction", "stop")},
    ),
    (
        "omeprazole for somebody on clopidogrel",
        ["omeprazole-20mg"],
        {"taking": ("clopidogrel-75mg",)},
        {("interaction", "caution")},
    ),
    ("pantoprazole for somebody on clopidogrel", ["pantoprazole-40mg"], {"taking": ("clopidogrel-75mg",)}, set()),
    (
        "ciprofloxacin for somebody on theophylline",
        ["ciprofloxacin-250mg"],
        {"taking": ("theophylline-100mg",)},
        {("interaction", "stop")},
    ),
    (
        "codeine with alprazolam",
        ["codeine-15mg", "alprazolam-0.4mg"],
        {},
        {("interaction", "stop"), ("interaction", "caution")},
    ),
    (
        "doxycycline for somebody on isotretinoin",
        ["doxycycline-100mg"],
        {"taking": ("isotretinoin-10mg",)},
        {("interaction", "stop")},
    ),
    (
        "calcium for somebody on levothyroxine",
        ["calcium-carbonate-d3-600mg"],
        {"taking": ("levothyroxine-50ug",)},
        {("interaction", "caution")},
    ),
    (
        "trimethoprim for somebody on methotrexate",
        ["sulfamethoxazole-trimethoprim-480mg"],
        {"taking": ("methotrexate-2.5mg",)},
        {("interaction", "stop")},
    ),
    (
        "rivaroxaban for somebody on warfarin",
        ["rivaroxaban-20mg"],
        {"taking": ("warfarin-2.5mg",)},
        {("interaction", "stop")},
    ),
    ("two statins are one subgroup", ["atorvastatin-20mg", "rosuvastatin-10mg"], {}, {("duplicate", "caution")}),
    (
        "valsartan beside sacubitril-valsartan is the same ingredient",
        ["valsartan-80mg", "sacubitril-valsartan-100mg"],
        {},
        {("duplicate", "stop")},
    ),
    (
        "amlodipine for somebody on amlodipine may be a renewal",
        ["amlodipine-5mg"],
        {"taking": ("amlodipine-5mg",)},
        {("duplicate", "caution")},
    ),
    ("two proton pump inhibitors", ["omeprazole-20mg", "esomeprazole-20mg"], {}, {("duplicate", "caution")}),
    ("enalapril in pregnancy", ["enalapril-10mg"], {"pregnant": "yes"}, {("pregnancy", "stop")}),
    ("valproate in pregnancy", ["valproate-500mg"], {"pregnant": "yes"}, {("pregnancy", "stop")}),
    ("amlodipine in pregnancy", ["amlodipine-5mg"], {"pregnant": "yes"}, {("pregnancy", "caution")}),
    ("amoxicillin in pregnancy", ["amoxicillin-250mg"], {"pregnant": "yes"}, set()),
    (
        "isotretinoin for a woman of whom nobody asked",
        ["isotretinoin-10mg"],
        {"pregnant": "unknown"},
        {("pregnancy", "unknown")},
    ),
    ("isotretinoin for a woman who is not pregnant", ["isotretinoin-10mg"], {"pregnant": "no"}, set()),
    ("metformin at an eGFR of 25", ["metformin-500mg"], {"egfr": 25}, {("renal", "stop")}),
    ("metformin at an eGFR of 40", ["metformin-500mg"], {"egfr": 40}, {("renal", "caution")}),
    ("metformin at an eGFR of 45 exactly", ["metformin-500mg"], {"egfr": 45}, set()),
    ("metformin while nobody knows the kidneys", ["metformin-500mg"], {"egfr": None}, {("renal", "unknown")}),
    ("dabigatran at an eGFR of 29", ["dabigatran-110mg"], {"egfr": 29}, {("renal", "stop")}),
    ("rosuvastatin at an eGFR of 29", ["rosuvastatin-10mg"], {"egfr": 29}, {("renal", "stop")}),
    ("nitrofurantoin at an eGFR of 44", ["nitrofurantoin-50mg"], {"egfr": 44}, {("renal", "stop")}),
    ("ibuprofen at an eGFR of 28", ["ibuprofen-300mg"], {"egfr": 28}, {("renal", "stop")}),
    ("amoxicillin 500 mg for a child of 20 kg", ["amoxicillin-250mg"], {"age": 6, "weight": 20}, set()),
    ("amoxicillin 500 mg for a child of 8 kg", ["amoxicillin-250mg"], {"age": 1, "weight": 8}, {("dose", "stop")}),
    (
        "amoxicillin for a child whom nobody weighed",
        ["amoxicillin-250mg"],
        {"age": 6, "weight": None},
        {("dose", "unknown")},
    ),
    ("aspirin for a child of 10", ["aspirin-100mg"], {"age": 10, "weight": 30}, {("dose", "stop")}),
    ("levofloxacin at 17", ["levofloxacin-500mg"], {"age": 17}, {("dose", "stop")}),
    ("levofloxacin at 18", ["levofloxacin-500mg"], {"age": 18}, set()),
    ("amlodipine for a child, whose dose nobody wrote down", ["amlodipine-5mg"], {"age": 9}, {("dose", "unknown")}),
    ("amoxicillin for somebody of unknown age", ["amoxicillin-250mg"], {"age": None}, {("missing", "unknown")}),
]


@pytest.mark.parametrize(
    ("codes", "facts", "expected"), [one[1:] for one in SENTENCES], ids=[one[0] for one in SENTENCES]
)
def test_sentences_of_a_pharmacist(codes: list[str], facts: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert kinds(check([line(one) for one in codes], record(**facts))) == expected


@pytest.mark.parametrize(
    ("code", "dose", "times", "unit", "expected"),
    [
        ("metformin-500mg", 1000, 2, "mg", set()),
        ("metformin-500mg", 1, 2, "g", set()),
        ("metformin-500mg", 1, 3, "g", {("dose", "stop")}),
        ("metformin-500mg", 2, 2, "{piece}", set()),
        ("metformin-500mg", 6, 1, "{piece}", {("dose", "stop")}),
        ("paracetamol-500mg", 1, 3, "g", {("dose", "stop")}),
        ("levothyroxine-50ug", 0.05, 1, "mg", set()),
        ("levothyroxine-50ug", 5, 1, "mg", {("dose", "stop")}),
        ("digoxin-0.25mg", 125, 1, "ug", set()),
        ("digoxin-0.25mg", 1, 1, "mg", {("dose", "stop")}),
        ("metformin-500mg", 5, 2, "mL", {("dose", "unknown")}),
        ("metformin-500mg", 5, 2, "spoonful", {("dose", "unknown")}),
        ("metformin-500mg", 0, 2, "mg", {("dose", "stop")}),
        ("insulin-glargine", 10, 1, "[iU]", set()),
        ("insulin-glargine", 10, 1, "mL", {("dose", "unknown")}),
    ],
)
def test_doses_are_compared_across_units(code: str, dose: float, times: float, unit: str, expected: set[Any]) -> None:
    assert kinds(check([line(code, dose, times, unit)], record())) == expected


def test_a_dose_that_nobody_wrote_is_said() -> None:
    bare = Line("二甲双胍", formulary()["metformin-500mg"])
    assert kinds(check([bare], record())) == {("dose", "unknown")}


def test_a_drug_that_the_checker_does_not_know_is_said_and_needs_a_reason() -> None:
    (found,) = check([Line("祖传秘方", None, 1, "mg", 1)], record())
    assert (found.kind, found.needs_reason) == ("unknown_drug", True) and "祖传秘方" in found.zh


def test_a_drug_that_is_taken_and_unknown_is_said() -> None:
    facts = record()
    taken = Line("外院药物", None, reference="MedicationRequest/1")
    (found,) = check([line("metformin-500mg")], Facts(**{**_fields(facts), "current": (taken,)}))
    assert found.kind == "missing" and found.rests_on == ("MedicationRequest/1",)


def test_what_a_finding_rests_on_can_be_opened() -> None:
    (found,) = check([line("amoxicillin-250mg")], record(allergies=("青霉素",)))
    assert found.rests_on == ("AllergyIntolerance/青霉素",) and found.source and found.zh and found.en


def test_a_child_without_a_weight_is_said() -> None:
    (found,) = check([line("amoxicillin-250mg")], record(age=4, weight=None))
    assert "没有体重记录" in found.zh


def _fields(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


some_lines = st.lists(st.sampled_from(sorted(formulary())), max_size=6, unique=True)
some_records = st.fixed_dictionaries(
    {
        "allergies": st.none() | st.tuples(st.sampled_from(["青霉素", "磺胺", "阿司匹林", "花粉"])),
        "taking": st.lists(st.sampled_from(sorted(formulary())), max_size=3, unique=True).map(tuple),
        "pregnant": st.sampled_from(["yes", "no", "unknown", "impossible"]),
        "egfr": st.none() | st.floats(1, 150),
        "age": st.none() | st.integers(0, 110),
    }
)


@settings(max_examples=150, deadline=None)
@given(codes=some_lines, facts=some_records, random=st.randoms())
def test_the_order_of_drugs_changes_nothing(codes: list[str], facts: dict[str, Any], random: Any) -> None:
    shuffled = list(codes)
    random.shuffle(shuffled)
    known = record(**facts)
    assert check([line(one) for one in codes], known) == check([line(one) for one in shuffled], known)


@settings(max_examples=150, deadline=None)
@given(codes=some_lines, further=st.sampled_from(sorted(formulary())), facts=some_records)
def test_a_further_drug_never_takes_a_finding_away(codes: list[str], further: str, facts: dict[str, Any]) -> None:
    known = record(**facts)
    before = {one.key for one in check([line(one) for one in codes], known)}
    assert before <= {one.key for one in check([line(one) for one in [*codes, further]], known)}


@settings(max_examples=100, deadline=None)
@given(codes=some_lines, facts=some_records, worse=st.floats(0.1, 1))
def test_worse_kidneys_never_make_a_drug_safer(codes: list[str], facts: dict[str, Any], worse: float) -> None:
    if facts["egfr"] is None:
        return
    rank = {"stop": 2, "caution": 1}

    def severities(egfr: float) -> dict[str, int]:
        found = check([line(one) for one in codes], record(**{**facts, "egfr": egfr}))
        return {one.key: rank[one.severity] for one in found if one.kind == "renal"}

    before, after = severities(facts["egfr"]), severities(facts["egfr"] * worse)
    assert all(after.get(key, 0) >= severity for key, severity in before.items())


def test_every_rule_speaks_of_drugs_or_groups_that_there_are_and_names_its_source() -> None:
    known = {
        word for drug in formulary().values() for word in (*drug.ingredients, *(f"group:{one}" for one in drug.groups))
    }
    for rule in rules():
        assert rule.one | rule.other <= known, rule.id
        assert rule.source and rule.zh and rule.en
    assert len({rule.id for rule in rules()}) == len(rules())
    groups = {group for drug in formulary().values() for group in drug.groups}
    assert {one.group for one in classes()} <= groups


@pytest.mark.parametrize(
    ("milligrams", "age", "is_female", "expected"),
    [(1.0, 50, False, 91.7), (0.7, 50, True, 105.3), (2.0, 60, False, 37.5), (1.5, 80, True, 35.0)],
)
def test_the_equation_of_2021_gives_what_working_it_out_by_hand_gives(
    milligrams: float, age: int, is_female: bool, expected: float
) -> None:
    assert egfr_ckd_epi_2021(milligrams * 88.42, age, is_female) == pytest.approx(expected, abs=0.15)


def creatinine(value: float, unit: str, days_ago: int = 1, text: str = "肌酐") -> dict[str, Any]:
    when = (NOW - timedelta(days=days_ago)).isoformat()
    return {
        "resourceType": "Observation",
        "id": f"scr-{days_ago}",
        "status": "final",
        "code": {"text": text},
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": unit},
    }


WOMAN = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-05-01"}


def test_creatinine_in_either_unit_gives_the_same_filtration_and_urine_gives_none() -> None:
    molar = facts_of(WOMAN, [creatinine(88.42, "umol/L")], (), NOW).kidney
    mass = facts_of(WOMAN, [creatinine(1.0, "mg/dL")], (), NOW).kidney
    assert molar is not None and mass is not None and molar.egfr == pytest.approx(mass.egfr, rel=1e-3)
    assert facts_of(WOMAN, [creatinine(8000, "umol/L", text="尿肌酐")], (), NOW).kidney is None


def test_the_latest_creatinine_counts_and_one_of_two_years_ago_does_not() -> None:
    both = facts_of(WOMAN, [creatinine(60, "umol/L", 30), creatinine(200, "umol/L", 2)], (), NOW).kidney
    assert both is not None and both.reference == "Observation/scr-2"
    assert facts_of(WOMAN, [creatinine(60, "umol/L", 730)], (), NOW).kidney is None


@pytest.mark.parametrize(
    ("patient", "record_", "expected"),
    [
        (WOMAN, [], "unknown"),
        ({**WOMAN, "gender": "male"}, [], "impossible"),
        ({**WOMAN, "birthDate": "1950"}, [], "impossible"),
        (WOMAN, [{"resourceType": "Condition", "id": "c", "code": {"coding": [{"code": "O24.4"}]}}], "yes"),
        (
            WOMAN,
            [
                {
                    "resourceType": "Condition",
                    "id": "c",
                    "code": {"coding": [{"code": "O24.4"}]},
                    "onsetDateTime": "2020",
                }
            ],
            "unknown",
        ),
    ],
)
def test_who_may_be_pregnant(patient: dict[str, Any], record_: list[dict[str, Any]], expected: str) -> None:
    assert facts_of(patient, record_, (), NOW).pregnant == expected


def test_an_allergy_entered_in_error_is_none_and_no_known_allergy_is_an_answer() -> None:
    wrong = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "verificationStatus": {"coding": [{"code": "entered-in-error"}]},
    }
    none = {"resourceType": "AllergyIntolerance", "id": "b", "code": {"coding": [{"code": "716186003"}]}}
    assert facts_of(WOMAN, [wrong], (), NOW).allergies is None
    assert facts_of(WOMAN, [none], (), NOW).allergies == ()


def test_what_was_dispensed_for_seven_days_is_taken_for_seven_days() -> None:
    request = {
        "resourceType": "MedicationRequest",
        "status": "completed",
        "authoredOn": (NOW - timedelta(days=5)).isoformat(),
        "dispenseRequest": {"expectedSupplyDuration": {"value": 7, "code": "d"}},
    }
    assert is_current(request, NOW)
    assert not is_current(request, NOW + timedelta(days=5))
    assert is_current({"status": "active"}, NOW) and not is_current({"status": "stopped"}, NOW)
