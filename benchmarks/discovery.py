"""How near cases simulated from the earlier part of a log are to its later part.

    python benchmarks/discovery.py [--shares 0.5 0.65 0.8] [--runs 10] [--json] LOG...

The log's cases are put in the order of their starts; the first share is learnt from (all settings by cross-validation
inside it), as many cases as there are later ones are simulated after it, and the five distances are averaged over the
runs. ``own_starts`` beside it has the cases begin when the later ones truly did, which takes the error of the arrivals
away. ``seconds`` is what learning took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from xinglin.applications.digital_twin.discovery import EventLog, discover, distance, read_log, simulate_model
from xinglin.applications.digital_twin.discovery.choosing import case_starts
from xinglin.applications.digital_twin.discovery.generating import as_log, generate, learn, local


def held_out(log: EventLog, share: float, runs: int) -> dict[str, Any]:
    """Learn from the first ``share`` of the cases and be judged by the others."""
    number = np.arange(len(log.cases))
    cut = round(len(log.cases) * share)
    earlier, later = log.part(number < cut), log.part(number >= cut)
    begun = time.perf_counter()
    model = discover(earlier)
    seconds = time.perf_counter() - begun
    learnt, starts = learn(local(earlier), model.weaving), case_starts(local(later))
    free = [distance(simulate_model(model, len(later.cases), seed), later).as_dict() for seed in range(runs)]
    own = [
        distance(as_log(*generate(learnt, starts, seed), earlier, log.offset_seconds), later).as_dict()
        for seed in range(runs)
    ]
    return {"share": share, "seconds": seconds, "simulated": _mean(free), "own_starts": _mean(own)}


def _mean(found: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([each[key] for each in found])) for key in found[0]}


def main() -> None:
    """Judge every log at every share and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="+", type=Path)
    parser.add_argument("--shares", nargs="+", type=float, default=[0.5, 0.65, 0.8])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    for file in given.logs:
        log = read_log(file)
        for share in given.shares:
            told = held_out(log, share, given.runs)
            if given.json:
                print(json.dumps({"log": file.name} | told), flush=True)
                continue
            for name in ("simulated", "own_starts"):
                figures = "  ".join(f"{key} {value:8.3f}" for key, value in told[name].items())
                print(f"{file.name:40} {share:.2f} {name:10} {figures}  {told['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
