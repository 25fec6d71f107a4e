"""Every text format says every network: generated configs, 1D to 3D, fixed and free sizes, several tasks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from tests.emit.graph.test_dot import laid_out, needs_dot
from tests.strategies import config_data
from tests.tiers import sampled
from unetgen.config.design import Design
from unetgen.config.loader import design_from_dict, design_from_text
from unetgen.emit.exports import TEXT_FORMATS
from unetgen.emit.graph.flowchart import flowchart
from unetgen.errors import ConfigError

FEW, MANY = 2, 8
FORMATS = {name: entry for name, entry in TEXT_FORMATS.items() if ".py" not in entry.suffixes}
"""What says any network; sources of programs may refuse one."""
TASKS = [
    {"name": "edges", "num_classes": 1},
    {"name": "own", "num_classes": 3, "decoder": "own"},
    {"name": "kind", "num_classes": 2, "decoder": "pooled", "hidden": [3], "dropout": 0.1},
]


def designs(dims: int, free: bool, examples: int) -> list[Design]:
    """Designs of generated configs, every other one with further tasks."""
    made: list[Design] = []

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(dims)
    @given(data=config_data(dims, "channels_first"))
    def make(data: dict[str, Any]) -> None:
        if free:
            data = data | {"input": data["input"] | {"shape": [None] * dims}}
        if len(made) % 2:
            data = data | {"tasks": TASKS}
        try:
            made.append(design_from_dict(data))
        except ConfigError:
            assume(False)

    make()
    return made


@pytest.mark.parametrize(
    ("dims", "free", "examples"),
    sampled(
        product((1, 2, 3), (False, True), (FEW, MANY)), {(1, False, FEW), (2, True, FEW), (3, True, FEW)}
    ),
)
def test_every_format_says_every_network(dims: int, free: bool, examples: int) -> None:
    made = designs(dims, free, examples)
    assert len(made) >= examples / 2
    for design in made:
        texts = {name: entry.text(design) for name, entry in FORMATS.items()}
        for name, text in texts.items():
            assert text.endswith("\n"), name
            assert all(char == "\n" or char.isprintable() for char in text), name
        for sentence in texts["latex"].partition("\n\n")[2].partition("\n\n")[0].splitlines():
            assert re.fullmatch(r"[A-Z].*[^ .,]\.", sentence), sentence
            assert not re.search(r"None|  | ,|\(\)", sentence), sentence
        count = f"has {design.plan.params:,} parameters"
        assert count in texts["latex"]
        assert count in texts["card"]
        config = re.findall(r"^```yaml\n(.*?)^```$", texts["card"], re.DOTALL | re.MULTILINE)
        assert design_from_text(config[0], "card.yaml").config.digest == design.config.digest
        shapes = re.findall(r"^\| (?:output|task \w+)(?: \d+)? \|", texts["card"], re.MULTILINE)
        assert len(shapes) == len(design.plan.outputs)


@needs_dot
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_graphviz_lays_out_every_network(dims: int) -> None:
    for design in designs(dims, free=True, examples=FEW):
        chart = flowchart(design)
        graph = laid_out(chart)
        nodes = Counter(each["name"] for each in graph["objects"] if not each["name"].startswith("cluster"))
        assert nodes == Counter(box.name for group in chart.groups for box in group.boxes)
        assert len(graph["edges"]) == len(chart.arrows)
