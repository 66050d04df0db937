"""The inquiry, measured on cases that are made here, and on those of others where they are at hand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from xinglin.applications.virtual_doctor import read_cases
from xinglin.applications.virtual_doctor.inquiry.evaluation import cross_validate
from xinglin.foundation.errors import XinglinError
from xinglin.server.cli import app

DISEASES = {
    "感冒": {"咳嗽": 0.8, "流涕": 0.9, "发热": 0.4},
    "腹泻病": {"稀便": 0.9, "呕吐": 0.5, "发热": 0.3},
    "phlebitis": {"leg pain": 0.9, "swelling": 0.8, "发热": 0.1},
}


def made_up(count: int, seed: int) -> list[dict[str, Any]]:
    """Patients who tell one symptom, the rest only when asked."""
    rng = random.Random(seed)
    symptoms = sorted({name for named in DISEASES.values() for name in named})
    out = []
    for _ in range(count):
        label = rng.choice(sorted(DISEASES))
        has = {name: "1" if rng.random() < DISEASES[label].get(name, 0.05) else "0" for name in symptoms}
        told = [name for name in ("发热", *symptoms) if has[name] == "1"][:1]
        asked = {name: value for name, value in has.items() if name not in told}
        out.append({"exp_sxs": dict.fromkeys(told, "1"), "imp_sxs": asked, "label": label})
    return out


def written(folder: Path, name: str, cases: Any) -> Path:
    file = folder / name
    file.write_text(json.dumps(cases, ensure_ascii=False), "utf-8")
    return file


def evaluated(train: Path, test: Path, questions: int = 3) -> Any:
    return CliRunner().invoke(
        app,
        [
            "virtual-doctor",
            "evaluate",
            "--train",
            str(train),
            "--test",
            str(test),
            "--max-questions",
            str(questions),
            "--json",
        ],
    )


def test_questions_find_what_the_first_words_do_not_tell(tmp_path: Path) -> None:
    train, test = written(tmp_path, "train.json", made_up(300, 1)), written(tmp_path, "test.json", made_up(200, 2))
    silent, asked = (json.loads(evaluated(train, test, count).stdout) for count in (0, 3))
    assert silent["mean_questions"] == 0
    assert asked["n"] == 200
    assert asked["top1"] > 0.85 > silent["top1"] + 0.05
    assert asked["top3"] == 1.0
    assert 0 < asked["mean_questions"] <= 3
    low, high = asked["top1_ci95"]
    assert low < asked["top1"] < high


def test_the_same_files_give_the_same_figures(tmp_path: Path) -> None:
    train, test = written(tmp_path, "train.json", made_up(80, 3)), written(tmp_path, "test.json", made_up(40, 4))
    first, again = (json.loads(evaluated(train, test).stdout) for _ in range(2))
    assert {**first, "seconds": 0} == {**again, "seconds": 0}


def test_what_the_training_never_saw_is_survived_and_counted_as_wrong(tmp_path: Path) -> None:
    train = written(tmp_path, "train.json", made_up(60, 5))
    strange = [{"exp_sxs": {"从未见过": "1"}, "imp_sxs": {"🤒": "1", "咳嗽": "2"}, "label": "未知病"}]
    told = json.loads(evaluated(train, written(tmp_path, "test.json", strange)).stdout)
    assert (told["n"], told["top1"], told["top3"]) == (1, 0.0, 0.0)
    assert told["unsure_as_unmentioned"]["n"] == 1


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_a_handful_of_cases_is_enough_to_run(tmp_path: Path, count: int) -> None:
    few = written(tmp_path, "few.json", made_up(count, 6))
    assert json.loads(evaluated(few, few).stdout)["n"] == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[1]",
        '[{"exp_sxs": {}, "imp_sxs": {}}]',
        '[{"exp_sxs": [], "label": "a"}]',
        '[{"exp_sxs": {"咳嗽": "7"}, "label": "a"}]',
        "[" * 100_000,
        "\xff\xfe",
    ],
)
def test_a_file_that_holds_no_cases_is_refused_in_both_languages(tmp_path: Path, text: str) -> None:
    good, bad = written(tmp_path, "good.json", made_up(10, 7)), tmp_path / "bad.json"
    bad.write_bytes(text.encode("latin-1") if text.startswith("\xff") else text.encode())
    for train, test in ((good, bad), (bad, good)):
        done = evaluated(train, test)
        assert done.exit_code == 2, done.output
        assert "bad.json" in done.output
        assert any("\u4e00" <= letter <= "\u9fff" for letter in done.output)
    with pytest.raises(XinglinError):
        read_cases(tmp_path / "absent.json")


def test_the_inquiry_is_right_more_often_than_the_published_one_on_children_of_a_real_clinic(shared_data: Path) -> None:
    """DXY, cross-validated in its training part; HRL (Liao et al. 2020) has .779 with 8.6 questions on its test part."""
    reports = cross_validate(read_cases(shared_data / "virtual_doctor/dxy/train_set.json"), 8, lambda _: None)
    cases = sum(report.n for report in reports)
    assert sum(report.top1 * report.n for report in reports) / cases > 0.779
    assert sum(report.mean_questions * report.n for report in reports) / cases < 8
