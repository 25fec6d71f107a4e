"""What each level of the encoder hands over to its skip: its output, or a tensor inside its block."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.errors import Wrong
from unetgen.parts.recipe import Recipe
from unetgen.parts.skips.skip import Take
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, Pad
from unetgen.plan.place import Place


def handed_over(b: Builder, levels: Sequence[Node], recipe: Recipe) -> list[Node]:
    """For each level the tensor that its skip takes; `levels` are their outputs, the finest first."""
    takes = [step.skip.takes for step in recipe.steps]
    takes += ["end"] * (len(levels) - len(takes))
    found = []
    for level, (output, take) in enumerate(zip(levels, takes, strict=False)):
        with b.level("decoder", level), b.part("skip"):
            found.append(output if take == "end" else _inside(b, level, take))
    return found


def _inside(b: Builder, level: int, take: Take) -> Node:
    """What the block of an encoder's `level` takes, or what its last convolution takes."""
    by_name = {node.name: node for node in b.nodes}
    here = Place("encoder", level)
    block = [node for node in b.nodes if node.place.of_part == here]
    path = [node for node in block if not node.place.has("shortcut", "squeeze_excitation")]
    convs = [(node, node.op.strides) for node in path if isinstance(node.op, Conv)]
    if not convs:
        raise _nothing(level, take, "has no block", "take its output, with `take: end`")
    first, after = (path[0], convs) if take == "before_block" else (convs[-1][0], convs[-1:])
    if any(max(strides) > 1 for _, strides in after):
        reason = "takes the strides, so that what stands before has another size"
        raise _nothing(level, take, reason, "use a `down` with a layer of its own")
    source = by_name[first.inputs[0]]
    return by_name[source.inputs[0]] if isinstance(source.op, Pad) and source.place.is_in(here) else source


def _nothing(level: int, take: Take, reason: str, hint: str) -> Wrong:
    what = "the block" if take == "before_block" else "the last convolution"
    text = f"level {level} {reason}" if reason.startswith("has") else f"{what} of level {level} {reason}"
    return Wrong.of(text, got=take, hint=hint, path=("skip", "take"))
