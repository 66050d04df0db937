"""The benchmark as tables for people, in English or in Chinese."""

from __future__ import annotations

from typing import Any

_WORDS = {
    "en": {
        "title": "Reference hospital: {patients} visits on {days} judged days; equal patients and doctor minutes",
        "columns": ("lever", "wait min", "less %", "95 %", "from arrival", "in house", "overtime", "idle"),
        "before": "before (half-day booking)",
        "spoilt": "The same plan on hospitals that are not as planned for",
        "spoilt_columns": ("hospital", "before", "after", "less %", "95 %", "from arrival %", "overtime", "after"),
        "fair": "Wait of groups, before and all together (min)",
        "stay": "Wards: mean stay {before} days before, {medical} of them medicine, the same for every patient",
        "stay_columns": ("lever", "stay", "saved days", "95 %", "at home before"),
        "sensitive": "Where one assumption is otherwise (calibrated anew, not tuned anew): less %, all together",
        "sensitive_columns": ("assumption", "low", "less %", "from arrival", "high", "less %", "from arrival"),
        "worst": "All at the worse end: {before} -> {after} min, {percent} % less ({strict} % from arrival)",
        "ward_sensitive": "The same for wards: days saved, all levers",
        "ward_sensitive_columns": ("assumption", "low", "saved", "high", "saved"),
        "note": "wait: from the later of arrival and appointment to first contact with the doctor. overtime, idle: "
        "minutes a doctor's half-day. Every assumption: --json; try another: --set NAME=VALUE.",
        "groups": {
            "elderly": "65 and older", "younger": "younger", "far_away": "from far away", "near": "from near",
            "walk_ins": "walk-ins", "booked": "booked", "online": "seen from home",
        },
    },
    "zh": {
        "title": "参考医院：评判期 {days} 天 {patients} 人次，患者与医生排班分钟完全相同",
        "columns": ("措施", "候诊(分)", "下降%", "95%", "自到院起", "在院", "加班", "空闲"),
        "before": "改造前（半日预约）",
        "spoilt": "同一方案用于与计划不符的医院",
        "spoilt_columns": ("医院", "前", "后", "下降%", "95%", "自到院下降%", "加班前", "加班后"),
        "fair": "各人群候诊（分）：改造前与全部合用",
        "stay": "病区：改造前平均住院 {before} 天，其中医疗 {medical} 天；每位患者医疗时间不变",
        "stay_columns": ("措施", "住院日", "缩短(天)", "95%", "居家等候"),
        "sensitive": "单项假设取区间两端（重新校准、不重新调参）：全部合用下降%",
        "sensitive_columns": ("假设", "低", "下降%", "自到院", "高", "下降%", "自到院"),
        "worst": "所有假设同时取较差一端：{before} → {after} 分，下降 {percent}%（自到院 {strict}%）",
        "ward_sensitive": "病区假设：全部措施缩短天数",
        "ward_sensitive_columns": ("假设", "低", "缩短", "高", "缩短"),
        "note": "候诊：自到院与预约时间较晚者至首次见到医生。加班、空闲：每位医生每半天分钟数。"
        "全部假设见 --json；可用 --set 名称=数值 更改。",
        "groups": {
            "elderly": "65 岁及以上", "younger": "65 岁以下", "far_away": "远途", "near": "近途", "walk_ins": "现场号",
            "booked": "预约", "online": "线上复诊",
        },
    },
}  # fmt: skip


def table(told: dict[str, Any], language: str) -> str:
    """The figures of ``measure`` as text; ``language`` is zh or, for anything else, en."""
    chinese = language.startswith("zh")
    words: dict[str, Any] = _WORDS["zh" if chinese else "en"]
    name = "chinese" if chinese else "english"
    first = told["before"]
    levers = [[words["before"], first["wait_minutes"], "", "", *_rest(first)]]
    for row in told["levers"].values():
        shown = row["wait_minutes"], row["reduction_percent"], _ends(row["reduction_ci95"])
        levers.append([row[name], *shown, *_rest(row)])
    spoilt = [
        [row[name], row["baseline_wait_minutes"], row["wait_minutes"], row["reduction_percent"],
         _ends(row["reduction_ci95"]), row["from_arrival_reduction_percent"], row["baseline_overtime_minutes"],
         row["overtime_minutes"]]
        for row in told["perturbed"].values()
    ]  # fmt: skip
    fair = [
        [words["groups"][group], row["before_minutes"], row["all_minutes"]] for group, row in told["fairness"].items()
    ]
    wards = [
        [row[name], row["stay_days"], row["days_saved"], _ends(row["days_saved_ci95"]),
         row["days_at_home_before_admission"]]
        for row in told["wards"]["levers"].values()
    ]  # fmt: skip
    title = words["title"].format(patients=told["equal"]["patients_seen"], days=told["days"]["judging"])
    stay = words["stay"].format(before=told["wards"]["baseline_stay_days"], medical=told["wards"]["medical_days"])
    parts = [
        title, _grid(words["columns"], levers), words["spoilt"], _grid(words["spoilt_columns"], spoilt),
        words["fair"], _grid(("", "", ""), fair), stay, _grid(words["stay_columns"], wards),
    ]  # fmt: skip
    if told["sensitivity"]:
        parts += _sensitive(told["sensitivity"], words, name)
    return "\n\n".join([*parts, words["note"]])


def _sensitive(told: dict[str, Any], words: dict[str, Any], name: str) -> list[str]:
    parts = []
    for kind, key, figures in (
        ("sensitive", "outpatients", ("reduction_percent", "from_arrival_reduction_percent")),
        ("ward_sensitive", "inpatients", ("days_saved",)),
    ):
        rows = [
            [row[name], *(cell for end in row["ends"] for cell in (f"{end['value']:g}", *(end[x] for x in figures)))]
            for row in told[key]
        ]
        parts += [words[kind], _grid(words[f"{kind}_columns"], rows)]
    worst = told["every_assumption_at_its_worse_end"]
    line = words["worst"].format(
        before=worst["baseline_wait_minutes"], after=worst["wait_minutes"], percent=worst["reduction_percent"],
        strict=worst["from_arrival_reduction_percent"],
    )  # fmt: skip
    return [*parts[:2], line, *parts[2:]]


def _rest(row: dict[str, Any]) -> list[Any]:
    return [row[f"{each}_minutes"] for each in ("from_arrival", "in_house", "overtime", "idle")]


def _ends(pair: list[float] | None) -> str:
    return "" if pair is None else f"{pair[0]:g}…{pair[1]:g}"


def _width(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _grid(header: tuple[str, ...], rows: list[list[Any]]) -> str:
    lines = [[str(cell) if cell is not None else "-" for cell in row] for row in (list(header), *rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(header))]
    made = []
    for line in lines:
        cells = [
            cell + " " * (width - _width(cell)) if i == 0 else " " * (width - _width(cell)) + cell
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        made.append("  ".join(cells).rstrip())
    return "\n".join(made).strip("\n")
