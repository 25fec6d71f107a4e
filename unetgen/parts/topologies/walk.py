"""What the topologies share: the walk down the encoder, one step of the decoder, and ways across levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from unetgen.parts.fitting import centre_crop, meet, pad_evenly
from unetgen.parts.recipe import Features, Recipe, Stage, Step
from unetgen.parts.topologies.topology import total_strides
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pool
from unetgen.plan.ops.base import Axes


def enter(b: Builder, recipe: Recipe, strides: Axes) -> Node:
    """The input, padded to multiples of `strides` where the config's `resize` policy says so."""
    return pad_evenly(b, b.input, strides) if recipe.fit == "pad_and_crop" else b.input


def encode(b: Builder, x: Node, recipe: Recipe, steps: Sequence[Step | None]) -> list[Node]:
    """Each level's output, the finest first; ``steps[i]`` leads into level i, and None leads nowhere.

    A level is the stem (the first one's), the step down, the block, the bottleneck (the bottom's). Levels
    without an entry in `steps` are left out.
    """
    outputs = []
    for stage, step in zip(recipe.encoder, steps, strict=False):
        strides: Axes | None = None
        with b.level("encoder", stage.level):
            if stage.level == 0 and recipe.stem is not None:
                with b.part("stem"):
                    x = recipe.stem.lower(b, x, stage)
            if step is not None:
                with b.part("down"):
                    x, strides = recipe.down.lower(b, x, step, stage, recipe)
            x = stage.block.lower(b, x, stage, strides)
            if stage is recipe.encoder[-1]:
                with b.part("bottleneck"):
                    x = recipe.bottleneck.lower(b, x, stage)
        outputs.append(x)
    return outputs


def decode(b: Builder, below: Node, skips: Sequence[Node], stage: Stage, recipe: Recipe) -> Node:
    """One step of the decoder in its level: `below` up-sampled, joined with the `skips`, and the block."""
    with b.part("up"):
        x = recipe.up.lower(b, below, skips[0], recipe.steps[stage.level])
    with b.part("skip"):
        x = recipe.skip.lower(b, x, skips, below, stage, recipe)
    return stage.block.lower(b, x, stage, None)


def lower_heads(b: Builder, recipe: Recipe, decode_all: Callable[[], Sequence[Features]]) -> tuple[Node, ...]:
    """The outputs of the main head on the rows that `decode_all` adds, then one per further task.

    A task has a place of its own, with a second decoder in it where it wants one.
    """
    rows = decode_all()
    outputs = recipe.head.lower(b, rows, recipe)
    for task in recipe.tasks:
        with b.task(task.name):
            decoded = decode_all() if task.own_decoder else rows
            outputs += task.head.lower(b, decoded, replace(recipe, num_classes=task.num_classes))
    return outputs


def carry_down(b: Builder, x: Node, finer: int, reference: Node, level: int, recipe: Recipe) -> Node:
    """The tensor `x` of a finer level at the size of `reference` at `level`, by max pooling.

    Windows do not overlap; what is left over at an edge is dropped where that gives the size of `reference`,
    else it is a window of its own (``ceil_mode``).
    """
    pool = Pool("max", total_strides(recipe, finer, level))
    if any(b.sizes_after(pool, x, axis) != b.sizes(reference, axis) for axis in range(x.spec.dims)):
        pool = replace(pool, padding="same")
    return to_size(b, b.add(pool, x, name="pool"), reference, recipe)


def carry_up(b: Builder, x: Node, coarser: int, reference: Node, level: int, recipe: Recipe) -> Node:
    """The tensor `x` of a coarser level at the size of `reference` at `level`, by one `up` of the config."""
    step = replace(recipe.steps[level], strides=total_strides(recipe, level, coarser))
    with b.piece("up"):
        x = recipe.up.lower(b, x, reference, step)
    return to_size(b, x, reference, recipe)


def to_size(b: Builder, x: Node, reference: Node, recipe: Recipe) -> Node:
    """`x` at the size of `reference` where the `resize` policy brings it there; else as it is."""
    if recipe.fit == "pad_to_skip":
        x = at_most(b, x, reference)
    return meet(b, x, [reference], recipe)[0] if recipe.fit in ("resize_to_skip", "pad_to_skip") else x


def at_most(b: Builder, x: Node, reference: Node) -> Node:
    """`x` cropped evenly on the axes on which it is larger than `reference`."""
    return centre_crop(b, x, [x, reference], name="crop_excess")
