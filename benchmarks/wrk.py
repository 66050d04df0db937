"""``wrk``, the client of the request figures: a Python client would be the bound."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence

_DONE = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"per_second":%.0f,"p50_ms":%.2f,"p99_ms":%.2f,"errors":%d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.timeout))
end
"""
CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/fhir+json"
local patients = {PATIENTS}
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, "PATH", nil, string.format('{"resourceType":"Observation","status":"final",' ..
    '"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/%s"},' ..
    '"effectiveDateTime":"2026-11-22T08:%02d:%02dZ","valueQuantity":{"value":%d,"unit":"/min",' ..
    '"system":"http://unitsofmeasure.org","code":"/min"}}', patients[n % #patients + 1],
    math.floor(n / 60) % 60, n % 60, 50 + n % 70))
end
"""
ASK = """
local paths = {PATHS}
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", paths[n % #paths + 1])
end
"""


def lua_items(texts: Sequence[str]) -> str:
    """``texts`` as the items of a Lua table."""
    return ",".join(json.dumps(text, ensure_ascii=False) for text in texts)


def create(
    url: str, token: str, seconds: int, patients: Sequence[str], path: str, connections: int = 8
) -> dict[str, float]:
    """Creates of Observations of these patients."""
    script = CREATE.replace("PATIENTS", lua_items(patients)).replace("PATH", path)
    return run(url, token, seconds, script, connections)


def ask(url: str, token: str, seconds: int, paths: Sequence[str], connections: int = 8) -> dict[str, float]:
    """GETs of these paths in turn."""
    return run(url, token, seconds, ASK.replace("PATHS", lua_items(paths)), connections)


def run(url: str, token: str, seconds: int, script: str, connections: int) -> dict[str, float]:
    """Requests a second and latencies (milliseconds) of a script; ends the program where a request failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(f'wrk.headers["Authorization"] = "Bearer {token}"\n{script}\n{_DONE}')
        lua.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", lua.name, url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(out[out.index("{") :])
    if found.pop("errors"):
        sys.exit(f"wrk met errors: {out}")
    return found
