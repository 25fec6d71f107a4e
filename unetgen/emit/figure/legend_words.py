"""Words for operations, as a legend prints them: ``conv 3×3×3, instance norm, LeakyReLU``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Merge, Operation
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    Activation,
    AdaptivePool,
    Add,
    Concat,
    Conv,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    Norm,
    Op,
    PadChannels,
    PixelShuffle,
    Pool,
    PRelu,
    Resize,
    ResizeLike,
    TransposedConv,
    Upsample,
)
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.fitted import CROPS, PADS, RESIZES
from unetgen.plan.ops.resample import IN_WORDS
from unetgen.plan.tensor import sizes

NAMES: Mapping[str, str] = {
    "celu": "CELU", "elu": "ELU", "gelu": "GELU", "glu": "GLU", "leaky_relu": "LeakyReLU", "mish": "Mish",
    "relu": "ReLU", "relu6": "ReLU6", "selu": "SELU", "silu": "SiLU", "swish": "SiLU",
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """One operation in words: `text` in full, `plain` without numbers that may vary by level."""

    text: str
    plain: str


def _conv(op: Conv) -> Word:
    dilated = f", dilation {factor(op.dilation)}" if max(op.dilation) > 1 else ""
    stride = f", stride {factor(op.strides)}" if max(op.strides) > 1 else ""
    plain = "strided conv" if stride else "conv"
    return Word(f"conv {sizes(op.kernel)}{stride}{dilated}", plain)


def _up_conv(op: TransposedConv) -> Word:
    stride = f", stride {factor(op.strides)}" if op.strides != op.kernel else ""
    return Word(f"up-conv {sizes(op.kernel)}{stride}", "up-conv")


WORDS: Mapping[type[Op], Callable[[Any], Word]] = {
    Activation: lambda op: _same(NAMES.get(op.name, op.name.replace("_", " "))),
    Conv: _conv,
    Dropout: lambda op: Word(f"{_dropout(op)} {op.rate:g}", _dropout(op)),
    Norm: lambda op: _same(f"{op.method} norm"),
    PRelu: lambda op: _same("PReLU"),
    Pool: lambda op: Word(f"{op.reduction} pool {sizes(op.size)}", f"{op.reduction} pool"),
    PadChannels: lambda op: Word(op.words(), "channels of zeros"),
    PixelShuffle: lambda op: Word(f"pixel shuffle {sizes(op.size)}", "pixel shuffle"),
    Resize: lambda op: _same(f"{IN_WORDS[op.interpolation]} resizing"),
    ResizeLike: lambda op: _same(f"{IN_WORDS[op.interpolation]} resizing"),
    TransposedConv: _up_conv,
    Upsample: lambda op: Word(
        f"{IN_WORDS[op.interpolation]} upsampling {sizes(op.size)}",
        f"{IN_WORDS[op.interpolation]} upsampling",
    ),
}
"""Ops that a legend names in other words than the tables do; `Op.words` has the rest."""
SILENT = (Input, Flatten, *PADS, *CROPS)
"""Ops that never stand alone in a legend: the arrow's own words tell them."""


BETWEEN = (AdaptivePool, Concat, GlobalPool, Pool, *RESIZES, Upsample)
"""Ops that lead between the branches of a block: its kind's own line tells them."""


def _same(text: str) -> Word:
    return Word(text, text)


def _dropout(op: Dropout) -> str:
    return "spatial dropout" if op.spatial else "dropout"


def word(op: Op) -> Word:
    """One op in words."""
    table = WORDS.get(type(op))
    return table(op) if table else _same(op.words())


def factor(axes: Axes) -> str:
    """A factor per axis, or one number where all axes agree."""
    return str(axes[0]) if len(set(axes)) == 1 else sizes(axes)


def words(bundles: Sequence[tuple[tuple[str, int], Sequence[Node]]]) -> str:
    """What operations of one kind have in common, in words; each comes with its side and level.

    A number that differs is named in all its values up to three, or not at all. What stands at some
    levels only is said to.
    """
    slots: dict[type[Op], list[tuple[tuple[str, int], Word]]] = {}
    for _, nodes in sorted(bundles, key=lambda bundle: -len({type(node.op) for node in bundle[1]})):
        for node in nodes:
            if not isinstance(node.op, SILENT):
                slots.setdefault(type(node.op), [])
    for place, nodes in bundles:
        for node in nodes:
            if type(node.op) in slots:
                slots[type(node.op)].append((place, word(node.op)))
    everywhere = {place for place, _ in bundles}
    return ", ".join(_phrase(placed_words, everywhere) for placed_words in slots.values())


def _phrase(placed_words: Sequence[tuple[tuple[str, int], Word]], everywhere: set[tuple[str, int]]) -> str:
    texts = list(dict.fromkeys(item.text for _, item in placed_words))
    plains = list(dict.fromkeys(item.plain for _, item in placed_words))
    if len(texts) == 1:
        text = texts[0]
    elif len(plains) == 1 and len(texts) <= 3 and plains[0] == "conv":
        text = f"conv {' or '.join(item.removeprefix('conv ') for item in texts)}"
    else:
        text = " or ".join(plains)
    here = {place for place, _ in placed_words}
    return text if here == everywhere else f"{text} ({_levels(here)})"


def _levels(places: set[tuple[str, int]]) -> str:
    sides, levels = {side for side, _ in places}, sorted({level for _, level in places})
    side = f"{next(iter(sides))} ".lstrip() if len(sides) == 1 else ""
    return f"{side}level{'s' if len(levels) > 1 else ''} {', '.join(map(str, levels))}"


def conv_words(network: DrawnU) -> str:
    """The convolutions of all blocks; what follows an addition belongs to the convolution before it."""
    return block_words([bundle for row in network.rows for bundle in _blocks(row)])


def block_words(bundles: Sequence[tuple[tuple[str, int], Sequence[Node]]]) -> str:
    """What blocks do: additions are drawn, and the gate of squeeze and excitation has one name."""
    kept = [
        (
            place,
            [node for node in nodes if not (isinstance(node.op, Add) or _excites(node) or _attends(node))],
        )
        for place, nodes in bundles
    ]
    excited = {place for place, nodes in bundles if any(map(_excites, nodes))}
    text = words(kept)
    if not excited:
        return text
    where = "" if excited == {place for place, _ in bundles} else f" ({_levels(excited)})"
    return f"{text}{', ' * bool(text)}squeeze and excitation{where}"


def _excites(node: Node) -> bool:
    return node.place.has("squeeze_excitation")


def _attends(node: Node) -> bool:
    """Whether it is a convolution in an attention, which has a line of its own."""
    return node.place.has("attention") and isinstance(node.op, Conv)


def _blocks(row: LevelRow) -> Iterable[tuple[tuple[str, int], Sequence[Node]]]:
    after = {join.target: join.addition.nodes[1:] for join in row.joins}
    for index, step in enumerate(row.steps):
        nodes = [node for node in step.nodes if not (row.rich and isinstance(node.op, BETWEEN))]
        yield (row.side, row.level), (*nodes, *after.get(index, ()))


def way_words(rows: Iterable[LevelRow]) -> str:
    """All the ways down, or all the ways up."""
    ways = [((row.side, row.level), row.way.nodes) for row in rows if row.way]
    text = words([(place, [node for node in nodes if not _beside(node)]) for place, nodes in ways])
    return f"{text}, with a shortcut" if any(map(_beside, (n for _, nodes in ways for n in nodes))) else text


def _beside(node: Node) -> bool:
    """Whether a node of a way is on a shortcut, or adds it."""
    return node.place.has("shortcut") or isinstance(node.op, Add)


def stride_words(rows: Iterable[LevelRow]) -> str:
    """The strides of the convolutions that are the ways down."""
    strides = {n.op.strides for r in rows if r.way for n in r.way.nodes if isinstance(n.op, Conv)}
    texts = dict.fromkeys(factor(axes) for axes in sorted(strides, reverse=True) if max(axes) > 1)
    return f"stride {' or '.join(texts)}" if len(texts) <= 3 else "strides"


def shortcut_words(network: DrawnU) -> str:
    """What stands on shortcuts."""
    bundles = [
        ((row.side, row.level), join.shortcut.nodes)
        for row in network.rows
        for join in row.joins
        if join.shortcut
    ]
    return f"; on the shortcut, where sizes or channels change: {words(bundles)}" if bundles else ""


def head_words(heads: Mapping[int, Operation]) -> str:
    """The heads; what only some of them do is said at their levels."""
    return block_words([(("", level), head.nodes) for level, head in heads.items()])


def fuse_words(fuse: Operation) -> str:
    """What makes one output of all heads."""
    others = words([(("", 0), [node for node in fuse.nodes if not isinstance(node.op, Add | Concat)])])
    joined = "concatenated" if any(isinstance(node.op, Concat) for node in fuse.nodes) else "added"
    return f"all heads {joined}{f', {others}' if others else ''}"


def gate_words(gates: Sequence[Operation], gated: bool) -> str:
    """What stands on the skips; `gated` where the tensor from below has a say in it."""
    spatial = any(max(node.spec.spatial) > 1 and isinstance(node.op, Conv) for g in gates for node in g.nodes)
    return "attention gate" if gated else "spatial gate" if spatial else "channel gate"


def skip_words(merges: Sequence[Merge]) -> str:
    """The skips: ``copy and concatenate``, ``copy and crop`` ..."""
    adding, others = ([merge for merge in merges if merge.adds is adds] for adds in (True, False))
    if adding and others:
        return f"{skip_words(others)}, or {skip_words(adding)} ({levels_of(adding)})"
    crops, adds = any(merge.crops for merge in merges), bool(adding)
    text = "copy, crop and add" if crops and adds else "copy and crop" if crops else "copy and concatenate"
    if adds and not crops:
        text = "copy and add"
    if any(merge.inside for merge in merges):
        text += ", from before the end of the block"
    nodes = [[n for n in merge.operation.nodes if _changes(n) or _excites(n)] for merge in merges]
    more = block_words(
        [
            (("decoder", merge.operation.place.level or 0), each)
            for merge, each in zip(merges, nodes, strict=True)
        ]
    )
    return f"{text} ({more})" if more else text


def levels_of(merges: Sequence[Merge]) -> str:
    """Where skips join: ``level 0``, ``levels 1, 2``."""
    return _levels({("", merge.operation.place.level or 0) for merge in merges})


def _changes(node: Node) -> bool:
    return isinstance(node.op, (Conv, *RESIZES, Norm, Activation))
