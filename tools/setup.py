"""Sets up everything the project needs in ``.venv`` and ``web/``; started by ``tools/setup``.

    tools/setup            what a node and the demo need
    tools/setup --tests    that, the tests' packages, FHIR clients, a browser and a Chinese font

Uses the Python standard library only. Each step keeps a stamp of what it worked from and is passed over
while that is unchanged, so that a second run takes well under a second and needs no network. Leaves with 0
when all is there, with 3 when a person must first type the one line that it prints, and otherwise with the
exit code of the step that failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from setup_steps import browser, node, python, web
from setup_steps.machine import ROOT, PersonNeededError, say


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/setup", description=__doc__.splitlines()[0])
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    wanted = parser.parse_args()
    os.chdir(ROOT)
    began = time.monotonic()
    try:
        python.install(for_tests=wanted.tests)
        npm = node.find_or_install()
        web.build(npm)
        if wanted.tests:
            web.install(npm)
            web.install_clients(npm)
            browser.find_or_install()
    except PersonNeededError as need:
        print(f"\n{need.english}\n{need.chinese}\n\n    {need.line}\n", file=sys.stderr)
        return 3
    except subprocess.CalledProcessError as failed:
        command = " ".join(str(part) for part in failed.cmd)
        print(f"\nSetup stopped: this command failed with {failed.returncode}: {command}", file=sys.stderr)
        return failed.returncode or 1
    if time.monotonic() - began > 1:
        say("ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
