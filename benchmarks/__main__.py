"""Every benchmark, one after the other, each on a node of its own: ``python -m benchmarks``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "fhir.py",
    "search.py",
    "load.py",
    "hl7.py",
    "access.py",
    "rush.py",
    "waiting.py",
    "twin.py",
    "navigation.py",
)


def main() -> int:
    """Run all; the exit status is that of the first that failed."""
    for name in BENCHMARKS:
        print(f"\n== {name} ==", flush=True)
        done = subprocess.run([sys.executable, str(Path(__file__).parent / name)], check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
