"""Graphviz reads what is written, and lays out every box and arrow."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.emit.graph.hostile import HOSTILE
from unetgen.config.loader import load_design
from unetgen.emit.graph.dot import dot
from unetgen.emit.graph.flowchart import Flowchart, flowchart

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz is not installed: the graph was not laid out"
)


def laid_out(chart: Flowchart) -> dict[str, Any]:
    done = subprocess.run(
        ["dot", "-Tjson"], input=dot(chart), capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert done.stderr == ""
    graph: dict[str, Any] = json.loads(done.stdout)
    return graph


def said(label: str) -> str:
    """A label as it is drawn: Graphviz's own escapes taken back."""
    return label.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")


@needs_dot
@pytest.mark.parametrize("name", ["unet3d_depth2", "attention_unet", "unet_plus_plus", ""])
def test_it_is_laid_out_with_every_box_and_arrow(name: str) -> None:
    chart = flowchart(load_design(name)) if name else HOSTILE
    graph = laid_out(chart)
    assert said(graph["label"]) == chart.title
    clusters = [each for each in graph["objects"] if each["name"].startswith("cluster")]
    assert [said(each["label"]) for each in clusters] == [
        group.title for group in chart.groups if group.title
    ]
    nodes = {each["name"]: said(each["label"]) for each in graph["objects"] if each not in clusters}
    assert nodes == {box.name: "\n".join(box.lines) for group in chart.groups for box in group.boxes}
    by_id = {each["_gvid"]: each["name"] for each in graph["objects"]}
    arrows = {
        (by_id[edge["tail"]], by_id[edge["head"]], said(edge.get("label", "")), edge.get("style") == "dotted")
        for edge in graph["edges"]
    }
    assert arrows == {(each.source, each.target, each.size, each.is_dotted) for each in chart.arrows}
    inside = {by_id[number] for each in clusters for number in each["nodes"]}
    assert inside == {box.name for group in chart.groups if group.title for box in group.boxes}
