"""``xinglin virtual-doctor``: what the virtual doctor's questions are worth, measured on cases of others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xinglin.foundation.errors import XinglinError

if TYPE_CHECKING:
    from xinglin.applications.virtual_doctor import Report, Score

app = typer.Typer(no_args_is_help=True, help="The virtual doctor, measured.")

_EXIT_REFUSED = 2
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.callback()
def virtual_doctor() -> None:
    """The virtual doctor, measured."""


@app.command()
def evaluate(
    train: Annotated[Path, typer.Option(help="Cases to learn from; all choices are made inside them.")],
    test: Annotated[Path, typer.Option(help="Cases to be interviewed, each once.")],
    max_questions: Annotated[int, typer.Option(help="The most questions a case may take.", min=0, max=1000)] = 10,
    as_json: Json = False,
) -> None:
    """Learn from one file of cases and count how often the disease of another file's cases is found.

    Leaves with 0, or with 2 and a reason where a file cannot be used.
    """
    from xinglin.applications import virtual_doctor as room

    try:
        report = room.evaluate_files(train, test, max_questions, lambda line: typer.echo(line, err=True))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(_EXIT_REFUSED) from error
    typer.echo(report.model_dump_json() if as_json else _told(report))


def _told(report: Report) -> str:
    lines = [
        f"{report.n} cases, at most {report.max_questions} questions each; learnt from {report.trained_on}",
        f"{report.n} 个病例，每例最多 {report.max_questions} 问；训练病例 {report.trained_on} 个",
        _line("First answer right / 首位正确", report),
    ]
    if report.unsure_as_unmentioned is not None:
        lines.append(_line("“Unsure” as never mentioned / “不确定”视同未提及", report.unsure_as_unmentioned))
    return "\n".join([*lines, f"{report.seconds:.1f} s"])


def _line(name: str, score: Score) -> str:
    low, high = score.top1_ci95
    return (
        f"{name}: {score.top1:.1%} (95 % {low:.1%} – {high:.1%}), among three 前三 {score.top3:.1%}, "
        f"{score.mean_questions:.2f} questions 问"
    )
