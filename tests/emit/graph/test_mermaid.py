"""Mermaid's own program draws what is written, in a browser, as GitHub does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, chromium, needs_browser
from tests.emit.graph.hostile import HOSTILE, LINES, SIZE, TITLE
from unetgen.config.loader import load_design
from unetgen.emit.graph.flowchart import Flowchart, flowchart
from unetgen.emit.graph.mermaid import mermaid

LIBRARY = Path(__file__).parents[3] / "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
GITHUB = {"maxTextSize": 50_000, "maxEdges": 500}
"""Mermaid's own limits, which GitHub keeps."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not LIBRARY.is_file():
        pytest.skip("Mermaid is not installed: npm install --no-save @mermaid-js/tiny@12.0.0")
    file = tmp_path_factory.mktemp("page") / "page.html"
    script = f'<script src="{LIBRARY.as_uri()}"></script>'
    file.write_text(f'<meta charset="utf-8"><body><div id="drawn"></div>{script}', encoding="utf-8")
    with chromium() as browser:
        browser.open(file)
        browser.ask(f"mermaid.initialize({json.dumps({'startOnLoad': False, **GITHUB})})")
        yield browser


def draw(page: Browser, chart: Flowchart) -> None:
    drawn = f"mermaid.render('graph', {json.dumps(mermaid(chart))})"
    assert (
        page.ask(f"{drawn}.then(r => {{ document.getElementById('drawn').innerHTML = r.svg; }}, String)")
        is None
    )


@needs_browser
@pytest.mark.parametrize("name", ["unet3d_depth2", "attention_unet", "unet_plus_plus"])
def test_it_is_drawn_with_every_box_and_arrow(page: Browser, name: str) -> None:
    chart = flowchart(load_design(name))
    draw(page, chart)
    boxes = [box for group in chart.groups for box in group.boxes]
    assert sorted(page.texts("#drawn g.node foreignObject > div")) == sorted(
        "\n".join(box.lines) for box in boxes
    )
    titles = [group.title for group in chart.groups if group.title]
    assert sorted(page.texts("#drawn g.cluster foreignObject > div")) == sorted(titles)
    sizes = [arrow.size for arrow in chart.arrows if arrow.size]
    assert sorted(filter(None, page.texts("#drawn g.edgeLabel foreignObject > div"))) == sorted(sizes)
    count = "document.querySelectorAll('#drawn path.flowchart-link{}').length"
    assert page.ask(count.format("")) == len(chart.arrows)
    assert page.ask(count.format(".edge-pattern-dotted")) == sum(arrow.is_dotted for arrow in chart.arrows)
    assert page.ask("document.querySelector('#drawn .flowchartTitleText').textContent") == name


@needs_browser
def test_any_text_is_shown_as_it_is(page: Browser) -> None:
    draw(page, HOSTILE)
    assert sorted(page.texts("#drawn g.node foreignObject > div")) == sorted(
        ["\n".join(LINES)] * 2 + ["`**end**`", "graph"]
    )
    assert page.texts("#drawn g.cluster foreignObject > div") == [TITLE]
    assert [text for text in page.texts("#drawn g.edgeLabel foreignObject > div") if text] == [SIZE]
    assert page.ask("document.querySelector('#drawn .flowchartTitleText').textContent") == HOSTILE.title


def test_the_fingerprint_is_said() -> None:
    design = load_design("unet3d_depth2")
    assert f"%% fingerprint {design.plan.fingerprint}\n" in mermaid(flowchart(design))


def test_the_page_of_exports_shows_what_is_written_today() -> None:
    page = (Path(__file__).parents[3] / "docs/exports.md").read_text(encoding="utf-8")
    shown = page.partition("```mermaid\n")[2].partition("```")[0]
    assert shown == mermaid(flowchart(load_design("unet3d_depth2")))
