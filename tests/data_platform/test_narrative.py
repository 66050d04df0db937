"""A narrative holds formatted text: what acts is refused when it is written, by whatever way it comes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from nodes import RunningNode
from xinglin.data_platform.fhir import check_narratives
from xinglin.foundation.errors import Category, XinglinError

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<img src="x" OnErRoR="alert(1)"/>',
    '<p onclick="alert(1)">x</p>',
    "<p/onclick=alert(1)>x</p>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java&#x0A;script:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<math><mtext><script>alert(1)</script></mtext></math>",
    '<iframe src="https://evil.example"></iframe>',
    '<object data="x"></object>',
    '<embed src="x"/>',
    '<form action="https://evil.example"><input name="password"/></form>',
    '<base href="https://evil.example/"/>',
    '<link rel="stylesheet" href="https://evil.example/x.css"/>',
    "<style>*{display:none}</style>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example"/>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<video><source onerror="alert(1)"/></video>',
    "<body onload=alert(1)>",
    "<template><script>alert(1)</script></template>",
]
HARMLESS = [
    f"<div {XHTML}><p>Metastases in <b>bone</b></p></div>",
    f'<div {XHTML} xml:lang="zh"><table border="1"><tr><td colspan="2">血压 &lt; 140</td></tr></table></div>',
    f'<div {XHTML}><a href="https://example.org/x">x</a> <a href="#part">y</a> <a name="part"/></div>',
    f'<div {XHTML}><img src="#photo" alt="x"/><br/><img src="data:image/png;base64,AAAA" alt="y"/></div>',
    f'<div {XHTML}><p style="color: red">a &amp; b</p><!-- a remark --><ol><li>1</li></ol></div>',
    f"<div {XHTML}>说明 javascript: 不是链接，1 &lt; 2</div>",
    "<div>" + "<p>行</p>" * 2000 + "</div>",
]


def resource_with(div: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "text": {"status": "generated", "div": div}}


def check(resource: dict[str, Any]) -> None:
    check_narratives(resource, json.dumps(resource).encode())


@pytest.mark.parametrize("inner", HOSTILE)
def test_what_acts_is_refused_and_its_place_is_named(inner: str) -> None:
    with pytest.raises(XinglinError) as refused:
        check(resource_with(f"<div {XHTML}>{inner}</div>"))
    assert refused.value.category is Category.UNPROCESSABLE
    assert refused.value.expression == "Patient.text.div"


@pytest.mark.parametrize("div", HARMLESS)
def test_formatted_text_is_taken(div: str) -> None:
    check(resource_with(div))


def test_narratives_of_sections_and_contained_resources_are_looked_at_too() -> None:
    hidden = {"text": {"status": "generated", "div": "<div><script>1</script></div>"}}
    composition = {"resourceType": "Composition", "section": [{"title": "x", "section": [hidden]}]}
    with pytest.raises(XinglinError, match=r"Composition\.section\[0\]\.section\[0\]\.text\.div"):
        check(composition)
    with pytest.raises(XinglinError, match="contained"):
        check({"resourceType": "List", "contained": [{"resourceType": "Patient", **hidden}]})


@pytest.mark.parametrize("kind", ["create", "update", "transaction", "batch", "patch", "validate"])
def test_every_way_of_writing_refuses_it_with_422(node: RunningNode, kind: str) -> None:
    fhir = httpx.Client(base_url=f"{node.url}/fhir", headers={"authorization": f"Bearer {node.token}"}, timeout=30)
    bad = resource_with(f"<div {XHTML}><script>alert(1)</script></div>")
    if kind == "create":
        answer = fhir.post("/Patient", json=bad)
    elif kind == "update":
        answer = fhir.put("/Patient/narrated", json={**bad, "id": "narrated"})
    elif kind == "patch":
        id_ = fhir.post("/Patient", json={"resourceType": "Patient"}).json()["id"]
        patch = [{"op": "add", "path": "/text", "value": bad["text"]}]
        headers = {"content-type": "application/json-patch+json"}
        answer = fhir.patch(f"/Patient/{id_}", content=json.dumps(patch), headers=headers)
    elif kind == "validate":
        answer = fhir.post("/Patient/$validate", json=bad)
        assert answer.json()["issue"][0]["severity"] == "error"
        return
    else:
        entry = [{"request": {"method": "POST", "url": "Patient"}, "resource": bad}]
        answer = fhir.post("", json={"resourceType": "Bundle", "type": kind, "entry": entry})
        if kind == "batch":
            assert answer.json()["entry"][0]["response"]["status"].startswith("422")
            return
    assert answer.status_code == 422, answer.text
    assert answer.json()["issue"][0]["code"] == "invariant"
