"""One turn of a consultation: pure, bounded, the same for the same words."""

from __future__ import annotations

from ..protocol import asks_pregnancy, protocols
from ..triage import Finding, Understood, advise, finding_names, next_question, understand
from .model import Consultation, Turn


def turn(consultation: Consultation) -> Turn:
    """What the words and answers so far come to. Answers for findings that do not exist are passed over."""
    understood = with_answers(understand(consultation.words), consultation)
    answered = frozenset(consultation.answers) & finding_names().keys()
    advice = advise(understood)
    return Turn(
        understood=understood,
        question=next_question(understood, answered),
        advice=advice,
        asks_pregnancy="pregnant" not in answered and asks_pregnancy(understood, advice, protocols().values()),
    )


def with_answers(understood: Understood, consultation: Consultation) -> Understood:
    """``understood`` with the answers in it. A "no" to what the words say leaves it present, and is a contradiction."""
    names = finding_names()
    said = {finding.id for finding in understood.present}
    denied = {finding.id for finding in understood.absent}
    present, absent, contradicted = list(understood.present), list(understood.absent), list(understood.contradicted)
    for id_, reply in consultation.answers.items():
        if id_ not in names or reply == "unsure":
            continue
        finding = Finding(id=id_, chinese=names[id_][0], english=names[id_][1], text="")
        if reply == "yes" and id_ not in said:
            present.append(finding)
            if id_ in denied:
                absent = [other for other in absent if other.id != id_]
                contradicted.append(id_)
        elif reply == "no" and id_ in said:
            contradicted.append(id_)
        elif reply == "no" and id_ not in denied:
            absent.append(finding)
    return understood.model_copy(
        update={"present": present, "absent": absent, "contradicted": list(dict.fromkeys(contradicted))}
    )
