from __future__ import annotations

from collections import Counter

import pytest

from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.emit.graph.flowchart import Flowchart, flowchart
from unetgen.plan.ops import Input

CONFIGS: dict[str, tuple[str, ...]] = {
    "unet3d_depth2": (),
    "attention_unet": (),
    "unet_plus_plus": (),
    "monai_unet2d": (),
    "r2unet": (),
    "quickstart2d": ("tasks=[{name: edges, num_classes: 1}, {name: own, num_classes: 4, decoder: own}]",),
    "unet2d_baseline": ("input.shape=[null,null]", "resize=pad_and_crop", "skip=add"),
    "resunet": ("input.shape=[null,null]", "resize=resize_to_skip"),
    "unet3d_depth3": (
        "head.deep_supervision={levels: 2, upsample: true}",
        "resize=pad_and_crop",
        "input.shape=[19,18,17]",
    ),
}


def design(name: str) -> Design:
    return load_design(name, CONFIGS[name])


def boxes(chart: Flowchart) -> dict[str, tuple[str, ...]]:
    return {box.name: box.lines for group in chart.groups for box in group.boxes}


@pytest.mark.parametrize("name", CONFIGS)
def test_each_operation_stands_in_one_box(name: str) -> None:
    plan, chart = design(name).plan, flowchart(design(name))
    steps = [box for group in chart.groups for box in group.boxes if box.kind == "step"]
    said = [words.partition(" → ")[0] for box in steps for line in box.lines for words in line.split(", ")]
    assert Counter(said) == Counter(node.op.words() for node in plan.nodes if not isinstance(node.op, Input))
    kinds = Counter(box.kind for group in chart.groups for box in group.boxes)
    assert (kinds["input"], kinds["output"]) == (1, len(plan.outputs))


@pytest.mark.parametrize("name", CONFIGS)
def test_whatever_reaches_a_node_in_the_plan_reaches_it_in_the_chart(name: str) -> None:
    """Compared as what lies behind each box that begins with a convolution: an oracle of sets of names."""
    plan, chart = design(name).plan, flowchart(design(name))
    behind: dict[str, frozenset[str]] = {}
    for node in plan.nodes:
        behind[node.name] = frozenset({node.name}).union(*(behind[each] for each in node.inputs))
    sources: dict[str, list[str]] = {name: [] for name in boxes(chart)}
    for arrow in chart.arrows:
        sources[arrow.target].append(arrow.source)
    reached: dict[str, frozenset[str]] = {}
    for each in boxes(chart):  # in the order of the plan within each group, so not over all groups
        _reach(each, sources, reached)
    names = set(boxes(chart)) & set(plan.by_name)
    assert len(names) == len(boxes(chart)) - len(plan.outputs)
    for each in names:
        assert reached[each] & names == behind[each] & names
    assert len({(arrow.source, arrow.target) for arrow in chart.arrows}) == len(chart.arrows)


def _reach(name: str, sources: dict[str, list[str]], reached: dict[str, frozenset[str]]) -> frozenset[str]:
    if name not in reached:
        before = [_reach(each, sources, reached) for each in sources[name]]
        reached[name] = frozenset({name}).union(*before)
    return reached[name]


def test_a_box_says_kernel_and_channels() -> None:
    said = boxes(flowchart(design("unet3d_depth2")))
    assert said["encoder_level0_conv1"] == ("conv 3×3×3 → 32", "relu")
    assert said["decoder_level0_skip"] == ("concat → 192",)
    assert said["encoder_level1_down"] == ("max pool 2×2×2",)
    assert said["head_activation_output"] == ("output", "3×160×160×16")
    said = boxes(flowchart(design("monai_unet2d")))
    assert said["decoder_level1_up"] == (
        "transposed conv 3×3 ×2×2 → 4",
        "crop 1+0 1+0",
        "instance norm, prelu",
    )


def test_levels_are_groups_and_the_sizes_between_them_are_told() -> None:
    chart = flowchart(design("unet3d_depth2"))
    titles = ["", "encoder level 0", "encoder level 1", "decoder level 0", "head", ""]
    assert [group.title for group in chart.groups] == titles
    assert [(arrow.size, arrow.is_dotted) for arrow in chart.arrows if arrow.size] == [
        ("64×160×160×16", False),
        ("128×80×80×8", False),
        ("64×160×160×16", True),
        ("64×160×160×16", False),
    ]
    titles = [group.title for group in flowchart(design("quickstart2d")).groups]
    assert {"task edges: head", "task own: decoder level 2", "task own: head"} <= set(titles)
    titles = [group.title for group in flowchart(design("unet_plus_plus")).groups]
    assert "nested level 2, column 1" in titles


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("unet3d_depth2", 1),
        ("attention_unet", 2 * 4),  # the gate, and what it weighs
        ("unet_plus_plus", 4 * 1 + 3 * 2 + 2 * 3 + 1 * 4),  # nodes of a column, times the skips of each
        ("monai_unet2d", 2),  # what comes from below is joined there too, and is not a skip
    ],
)
def test_skips_are_told_from_the_way_down_and_up(name: str, count: int) -> None:
    skips = [arrow for arrow in flowchart(design(name)).arrows if arrow.is_dotted]
    assert len(skips) == count
    assert all(arrow.target.startswith(("decoder", "nested")) for arrow in skips)


def test_a_free_size_is_told_and_its_references_are_dotted() -> None:
    chart = flowchart(design("unet2d_baseline"))
    assert boxes(chart)["input"] == ("input", "any×any×1", "here at 64×64")
    assert boxes(chart)["head_crop_output"] == ("output", "any×any×1")
    (cropped,) = (arrow for arrow in chart.arrows if arrow.target == "head_crop" and arrow.source == "input")
    assert cropped.is_dotted
    resized = [arrow for arrow in flowchart(design("resunet")).arrows if arrow.target.endswith("skip_resize")]
    assert [arrow.is_dotted for arrow in resized] == [False, True] * 3
