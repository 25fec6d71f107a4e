"""A plan as a flowchart: boxes in groups, and arrows between them; how they are written is not said here.

A box is a step with what belongs to it: the padding before a convolution; the crop, the normalization and
the activation after it. A group is a level of one side, or a head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from unetgen.config.design import Design
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    Activation,
    Crop,
    CropLike,
    Dropout,
    Input,
    Norm,
    Op,
    Pad,
    PadLike,
    PRelu,
    ResizeLike,
    Scale,
)
from unetgen.plan.place import Place
from unetgen.plan.tensor import sizes

POINTWISE: tuple[type[Op], ...] = (Norm, Activation, PRelu, Scale, Dropout)
"""What stands in the box of the step before it, together in one line."""
FITTED: tuple[type[Op], ...] = (CropLike, PadLike, ResizeLike)
"""What takes of every input but the first only its size."""


@dataclass(frozen=True)
class Box:
    """One box: `name` is unique, and `lines` are what it says."""

    name: str
    lines: tuple[str, ...]
    kind: Literal["input", "step", "output"] = "step"


@dataclass(frozen=True)
class Group:
    """Boxes that stand together under a title; those without one stand free."""

    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Arrow:
    """From box to box; `size` is that of a tensor that leaves its group.

    `is_dotted` tells a skip, and a tensor of which only the size is taken.
    """

    source: str
    target: str
    size: str
    is_dotted: bool


@dataclass(frozen=True)
class Flowchart:
    """What is drawn; `title` is the config's name, and the input is the first box."""

    title: str
    fingerprint: str
    groups: tuple[Group, ...]
    arrows: tuple[Arrow, ...]


def flowchart(design: Design) -> Flowchart:
    """The flowchart of the plan of `design`, sizes in its data format."""
    plan, data_format = design.plan, design.config.input.data_format
    runs = _runs(plan)
    box_of = {node.name: run[0].name for run in runs for node in run}
    grouped: dict[Place, list[Box]] = {}
    for run in runs:
        grouped.setdefault(run[0].place.of_whole, []).append(_box(design, run))
    groups = [Group(place.words, tuple(boxes)) for place, boxes in grouped.items()]
    ends = [_end(design, name) for name in plan.outputs]
    arrows = [arrow for node in plan.nodes for arrow in _arrows(plan, node, box_of, data_format)]
    arrows += [Arrow(box_of[n], end.name, "", False) for n, end in zip(plan.outputs, ends, strict=True)]
    return Flowchart(design.config.name, plan.fingerprint, (*groups, Group("", tuple(ends))), tuple(arrows))


def _runs(plan: Plan) -> list[list[Node]]:
    """The nodes of each box, in order."""
    uses = Counter(name for node in plan.nodes for name in node.inputs) + Counter(plan.outputs)
    runs: dict[str, list[Node]] = {}
    for node in plan.nodes:
        before = runs.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if before and uses[before[-1].name] == 1 and _goes_on(before, node):
            before.append(node)
            runs[node.name] = before
        else:
            runs[node.name] = [node]
    return list({id(run): run for run in runs.values()}.values())


def _goes_on(run: list[Node], node: Node) -> bool:
    if run[-1].place.of_whole != node.place.of_whole or isinstance(run[-1].op, Input):
        return False
    return isinstance(node.op, (*POINTWISE, Crop)) or isinstance(run[-1].op, Pad)


def _box(design: Design, run: list[Node]) -> Box:
    plan, first = design.plan, run[0]
    if isinstance(first.op, Input):
        told = [f"here at {sizes(first.spec.spatial)}"] if first.spec.free else []
        return Box(first.name, ("input", _open_size(design, first), *told), "input")
    lines: list[str] = []
    for is_pointwise, nodes in groupby(run, key=lambda node: isinstance(node.op, POINTWISE)):
        words = [_words(plan, node) for node in nodes]
        lines += [", ".join(words)] if is_pointwise else words
    return Box(first.name, tuple(lines))


def _words(plan: Plan, node: Node) -> str:
    """The operation, with its channels where they are its choice."""
    chooses = plan.macs_of(node) > 0 or node.spec.channels != plan.input_specs(node)[0].channels
    return f"{node.op.words()} → {node.spec.channels}" if chooses else node.op.words()


def _arrows(plan: Plan, node: Node, box_of: dict[str, str], data_format: str) -> Iterator[Arrow]:
    for name in dict.fromkeys(node.inputs):
        if box_of[name] == box_of[node.name]:
            continue
        source = plan.by_name[name]
        leaves = source.place.of_whole != node.place.of_whole
        is_told = leaves and source is not plan.input  # whose box says it
        size = sizes(source.spec.shape(data_format)) if is_told else ""
        is_size_only = isinstance(node.op, FITTED) and name != node.inputs[0]
        is_skip = leaves and _is_skip(source.place, node.place)
        yield Arrow(box_of[name], box_of[node.name], size, is_skip or is_size_only)


def _is_skip(source: Place, target: Place) -> bool:
    """Whether what comes from another group is a skip; what comes up from the level below is not."""
    is_below = (source.level or 0) > (target.level or 0)
    return target.part == "skip" and (target.joins_levels or not is_below)


def _end(design: Design, name: str) -> Box:
    return Box(f"{name}_output", ("output", _open_size(design, design.plan.by_name[name])), "output")


def _open_size(design: Design, node: Node) -> str:
    return sizes(node.spec.open_shape(design.config.input.data_format))
