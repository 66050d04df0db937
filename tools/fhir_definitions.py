"""Makes the compact definition files of the ``fhir`` room from HL7's R4 downloads.

Usage: python tools/fhir_definitions.py FOLDER
FOLDER holds profiles-resources.json, profiles-types.json and search-parameters.json of
``definitions.json.zip`` and fhir.schema.json of ``fhir.schema.json.zip``, both from
https://hl7.org/fhir/R4/downloads.html. Definitions whose file is absent are left as they are.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src/xinglin/data_platform/fhir/definitions"
OFFICIAL = "http://hl7.org/fhir/"
KEPT_OF_PARAMETER = ("url", "code", "base", "type", "expression", "target", "modifier", "comparator")
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."


def main(folder: Path) -> None:
    if (folder / "fhir.schema.json").exists():
        write("schema", without_text(read(folder, "fhir.schema.json")))
    if (folder / "search-parameters.json").exists():
        write("search-parameters", parameters(read(folder, "search-parameters.json")))
    resources = entries(read(folder, "profiles-resources.json"))
    write("compartments", compartments(resources))
    write("elements", elements([*entries(read(folder, "profiles-types.json")), *resources]))


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def write(name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    (TARGET / f"{name}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))


def entries(bundle: Any) -> list[Any]:
    return [entry["resource"] for entry in bundle["entry"]]


def without_text(node: Any) -> Any:
    """The schema without its prose, which no validator reads and which is two thirds of it."""
    if isinstance(node, dict):
        return {
            key: without_text(value)
            for key, value in node.items()
            if not (key == "description" and isinstance(value, str))
        }
    return [without_text(item) for item in node] if isinstance(node, list) else node


def parameters(bundle: Any) -> list[Any]:
    kept = []
    for found in entries(bundle):
        if not found["url"].startswith(OFFICIAL + "SearchParameter/"):
            continue
        slim = {key: found[key] for key in KEPT_OF_PARAMETER if key in found}
        if "component" in found:
            slim["component"] = [
                {"definition": part["definition"], "expression": part["expression"]} for part in found["component"]
            ]
        kept.append(slim)
    return sorted(kept, key=lambda parameter: str(parameter["url"]))


def compartments(resources: list[Any]) -> dict[str, dict[str, list[str]]]:
    """For each compartment, the types in it with the parameters that link them; ``{def}`` is the focus itself."""
    return {
        found["code"]: {
            entry["code"]: [name for name in entry["param"] if name != "{def}"]
            for entry in found["resource"]
            if "param" in entry
        }
        for found in resources
        if found["resourceType"] == "CompartmentDefinition"
    }


def elements(structures: list[Any]) -> dict[str, Any]:
    """For each type and backbone path, its elements: minimum, whether repeated, type codes, content reference."""
    table: dict[str, Any] = {}
    for structure in structures:
        if structure["resourceType"] != "StructureDefinition" or structure.get("derivation") == "constraint":
            continue
        if not structure["url"].startswith(OFFICIAL + "StructureDefinition/") or "snapshot" not in structure:
            continue
        table.setdefault(structure["type"], {})
        for element in structure["snapshot"]["element"][1:]:
            parent, _, name = element["path"].rpartition(".")
            types = [kind["code"].removeprefix(SYSTEM_TYPE) for kind in element.get("type", ())]
            row = {"min": element["min"], "many": element["max"] != "1", "types": types}
            if element.get("isSummary"):
                row["summary"] = True
            if element.get("isModifier"):
                row["modifier"] = True
            if "contentReference" in element:
                row["as"] = element["contentReference"].rpartition("#")[2]
            table.setdefault(parent, {})[name] = row
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1]))
