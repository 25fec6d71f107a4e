"""What the topologies share: the walk down the encoder, one step of the decoder, and ways across levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from unetgen.errors import Wrong
from unetgen.parts.blocks.joining import is_input
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.fitting import centre_crop, meet, pad_evenly, reach
from unetgen.parts.heads import Head
from unetgen.parts.heads.pooled import PooledHead
from unetgen.parts.inside import Inside
from unetgen.parts.recipe import Features, Recipe, Stage, Step, total_strides
from unetgen.parts.skips.skip import Skip
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
    without an entry in `steps` are left out. Where a backbone makes the levels, the input stands for one that
    gives nothing.
    """
    if recipe.backbone is not None:
        return _encoded(b, x, recipe.backbone, recipe, len(steps))
    outputs = []
    for stage, step in zip(recipe.encoder, steps, strict=False):
        strides: Axes | None = None
        with b.level("encoder", stage.level):
            if stage.level == 0 and recipe.stem is not None:
                with b.part("stem"):
                    x, strides = recipe.stem.lower(b, x, stage, recipe)
            if step is not None:
                with b.part("down"):
                    x, strides = step.down.lower(b, x, step, stage, recipe)
            x = stage.block.lower(b, x, stage, strides)
            if stage is recipe.encoder[-1]:
                with b.part("bottleneck"):
                    x = recipe.bottleneck.lower(b, x, stage)
        outputs.append(x)
    return outputs


def _encoded(b: Builder, x: Node, backbone: Encoder, recipe: Recipe, count: int) -> list[Node]:
    """The outputs of the first `count` levels that `backbone` makes of `x`."""
    image = x if backbone.preprocess is None else backbone.preprocess.lower(b, x)
    features = list(islice(backbone.features(b, image, recipe.encoder[0].conv), count))
    if features[-1] is None:
        bottom = f"{backbone.kind} gives nothing at level {count - 1}, which would be the last of its levels"
        raise Wrong.of(bottom, got=count, hint="use a larger depth", path=("depth",))
    outputs = [x if feature is None else feature for feature in features]
    if count == len(recipe.encoder):
        stage = recipe.encoder[-1]
        stage = replace(stage, filters=(outputs[-1].spec.channels,))
        with b.level("encoder", stage.level), b.part("bottleneck"):
            outputs[-1] = recipe.bottleneck.lower(b, outputs[-1], stage)
    return outputs


def decode(
    b: Builder,
    below: Node,
    skips: Sequence[Node],
    stage: Stage,
    recipe: Recipe,
    coarser: int | None = None,
) -> Node:
    """One step of the decoder in its level: `below` up-sampled, joined with the `skips`, and the block.

    `coarser` is the level of `below`; None: the next one.

    A backbone's input is not a skip: it stands for a level at which there is nothing else. At the first one
    it has the size of a skip.
    """
    step = recipe.steps[stage.level]
    if coarser is not None:
        step = replace(step, strides=total_strides(recipe, stage.level, coarser))
    is_bare = gives_nothing(b, skips[0], recipe)
    if is_bare:
        _require_channels_without_skip(step)
    with b.part("up"):
        x = step.up.lower(b, below, skips[0], step)
    inside = step.skip.is_inside and not is_bare
    with b.part("skip"):
        if not is_bare and not inside:
            x = step.skip.lower(b, x, skips, below, stage, recipe)
        elif stage.level == 0 and not inside:
            x = reach(b, x, skips, recipe)
    return entered(b, x, skips if inside else (), stage, step.skip, recipe)


def entered(b: Builder, x: Node, skips: Sequence[Node], stage: Stage, skip: Skip, recipe: Recipe) -> Node:
    """The decoder's block of `stage` on `x`, with the `skips` that join inside it, and the style."""
    if skips or recipe.vector is not None:
        joined = partial(_joined, skips=skips, skip=skip, stage=stage, recipe=recipe) if skips else None
        stage = replace(stage, inside=Inside(joined, recipe.vector))
    return stage.block.lower(b, x, stage, None)


def _joined(b: Builder, x: Node, skips: Sequence[Node], skip: Skip, stage: Stage, recipe: Recipe) -> Node:
    return skip.lower(b, x, skips, x, stage, recipe)


def styled(b: Builder, levels: list[Node], recipe: Recipe) -> tuple[list[Node], Recipe]:
    """The encoder's `levels` with the block of the way up on the bottom, and the recipe with the vector."""
    bottom = len(levels) - 1
    with b.level("encoder", bottom), b.part("bottleneck"):
        if recipe.style is not None:
            with b.piece("style"):
                recipe = replace(recipe, vector=recipe.style.lower(b, levels[-1]))
        if not recipe.on_bottom:
            return levels, recipe
        *finer, x = levels
        stage, skip = recipe.decoder[-1], recipe.steps[-1].skip
        stage = replace(stage, filters=(x.spec.channels,) * len(stage.filters))
        with b.piece("up_block"):
            x = entered(b, x, [x] if skip.is_inside else (), stage, skip, recipe)
    return [*finer, x], recipe


def gives_nothing(b: Builder, level: Node, recipe: Recipe) -> bool:
    """Whether `level` is the input that stands for one at which the backbone gives nothing."""
    return recipe.backbone is not None and is_input(b, level)


def _require_channels_without_skip(step: Step) -> None:
    """Raise `Wrong` where the up-sampling of `step` asks for the channels of a skip that is not there."""
    policies = getattr(step.up, "filters", None)
    policy = policies[step.level] if isinstance(policies, tuple) else policies
    if policy == "skip":
        raise Wrong.of(
            f"asks for the channels of a skip, and the encoder gives none at level {step.level}",
            got=policy,
            hint="use `half` or a number there: a list has one for each step, the finest first",
            path=("up", "filters"),
        )


def lower_heads(
    b: Builder, recipe: Recipe, bottom: Node, decode_all: Callable[[], Sequence[Features]]
) -> tuple[Node, ...]:
    """The outputs of the main head on the rows that `decode_all` adds, then one per further task.

    A task has a place of its own, with a second decoder in it where it wants one; or it stands on the
    `bottom`.
    """
    rows = _at_input_size(b, decode_all(), recipe, recipe.head)
    outputs = recipe.head.lower(b, rows, recipe)
    for task in recipe.tasks:
        with b.task(task.name):
            if isinstance(task.head, PooledHead):
                with b.head():
                    outputs += (task.head.lower(b, bottom, task.num_classes, recipe.encoder[-1].conv),)
                continue
            decoded = _at_input_size(b, decode_all(), recipe, task.head) if task.own_decoder else rows
            outputs += task.head.lower(b, decoded, replace(recipe, num_classes=task.num_classes))
    return outputs


def _at_input_size(b: Builder, rows: Sequence[Features], recipe: Recipe, head: Head) -> Sequence[Features]:
    """The rows that `head` stands on, those of the first level at the input's size where a stem left that."""
    if recipe.stem is None or not recipe.stem.is_strided:
        return rows
    raised = []
    for row in rows[: head.rows]:
        if row.level is None:
            with b.head(row.level, row.column), b.part("stem"):
                row = replace(row, node=recipe.stem.raised(b, row.node, recipe))
        raised.append(row)
    return raised


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
    """The tensor `x` of a coarser level at the size of `reference` at `level`, by one `up` of that level."""
    step = replace(recipe.steps[level], strides=total_strides(recipe, level, coarser))
    with b.piece("up"):
        x = step.up.lower(b, x, reference, step)
    return to_size(b, x, reference, recipe)


def to_size(b: Builder, x: Node, reference: Node, recipe: Recipe) -> Node:
    """`x` at the size of `reference` where the `resize` policy brings it there; else as it is."""
    if recipe.fit == "pad_to_skip":
        x = at_most(b, x, reference)
    return meet(b, x, [reference], recipe)[0] if recipe.fit in ("resize_to_skip", "pad_to_skip") else x


def at_most(b: Builder, x: Node, reference: Node) -> Node:
    """`x` cropped evenly on the axes on which it is larger than `reference`."""
    return centre_crop(b, x, [x, reference], name="crop_excess")
