"""Sentences about blocks: what stands on each level and around its convolutions, and how wide levels are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from unetgen.config.design import Design
from unetgen.config.level_values import LevelValues
from unetgen.config.schema.documentation import summary as docs_of
from unetgen.emit.graph.flowchart import POINTWISE
from unetgen.emit.prose.english import Phrase, citing, counted, decimal, either, listed, phrase
from unetgen.emit.prose.level_groups import groups, of_side
from unetgen.emit.prose.operations import noun
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.choice import with_article
from unetgen.parts.encoders.preprocess import Preprocess
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Dropout
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Place

NAMES: Mapping[str, str] = {
    "cmunext": "CMUNeXt block", "cmunext_fusion": "CMUNeXt skip fusion", "convnext": "ConvNeXt block",
    "multires": "MultiRes block", "naf": "NAFNet block", "plain": "block",
    "rsu": "residual U-block", "vnet": "V-Net block",
}  # fmt: skip
"""Kinds of blocks that are not called by their kind."""
_SIDES = ("encoder", "decoder", "nested")


@dataclass(frozen=True)
class SideBlocks:
    """What a sentence says of the blocks of one side; levels without convolutions are left out."""

    block: AnyBlock
    per_level: frozenset[int]
    """How many blocks a level has."""
    convs: frozenset[int]
    """How many convolutions a block has."""
    kernels: frozenset[Axes]


def block_sentences(design: Design) -> Iterator[Phrase]:
    """What stands on the levels of both sides."""
    plan, values = design.plan, LevelValues(design.config)
    backbone = design.config.encoder
    encoder = [] if backbone else _side_blocks(design, ("encoder",), values.blocks)
    decoder = _side_blocks(design, ("decoder", "nested"), values.decoder_blocks)
    every = _around_every(plan)
    if len(encoder) == 1 and encoder == decoder:
        (blocks,) = encoder
        each = phrase(", ", "each " if max(blocks.convs) > 1 else "", every) if every else ()
        yield phrase("Each level of the encoder and the decoder has ", _described(blocks), each)
    else:
        if backbone:
            kind = backbone.kind.replace("_", " ")
            yield phrase("The encoder is ", citing(f"the network {kind}", docs_of(type(backbone))))
            if backbone.preprocess is not None:
                yield (_preprocess(backbone.preprocess),)
            if backbone.frozen is not None:
                yield (_frozen(backbone.frozen),)
        else:
            yield from _of_side("encoder", encoder, values.blocks)
        yield from _of_side("decoder", decoder, values.decoder_blocks)
        if every:
            yield phrase("Each of their convolutions is ", every)
    if not every and (words := _nouns(_of_blocks(plan))):
        yield phrase("The blocks use ", listed(words))
    if any(node.place.has("squeeze_excitation") and node.place.part is None for node in plan.nodes):
        yield ("The blocks use squeeze and excitation",)
    yield from _dropout(plan)
    yield _widths(plan)


def _preprocess(chosen: Preprocess) -> str:
    first = (
        "its channels are reversed and then standardized" if chosen.order == "bgr" else "it is standardized"
    )
    mean, std = (_values(each) for each in (chosen.mean, chosen.std))
    return f"Before the image enters the encoder, {first} with a mean of {mean} and a deviation of {std}"


def _values(values: float | tuple[float, ...]) -> str:
    numbers = values if isinstance(values, tuple) else (values,)
    return "".join(map(str, listed([f"{number:g}" for number in numbers])))


def _frozen(frozen: Literal[True] | tuple[int, ...]) -> str:
    if frozen is True:
        return "Its weights and statistics stay as they begin"
    level = "level" if len(frozen) == 1 else "levels"
    words = listed([str(each) for each in sorted(frozen)])
    return f"The weights and statistics of its {level} {''.join(map(str, words))} stay as they begin"


def block_convolutions(plan: Plan, sides: Sequence[str] = _SIDES) -> list[Node]:
    """The convolutions of the blocks of `sides`, without those on shortcuts and in gates."""
    return [node for node in _of_blocks(plan, sides) if isinstance(node.op, Conv) and node.weights_of is None]


def _of_blocks(plan: Plan, sides: Sequence[str] = _SIDES) -> list[Node]:
    return [
        node
        for node in plan.nodes
        if node.place.side in sides
        and node.place.part is None
        and not node.place.task
        and not node.place.has("join", "shortcut", "squeeze_excitation", "style")
    ]


def _of_side(side: str, sorts: Sequence[SideBlocks], blocks: Sequence[AnyBlock]) -> Iterator[Phrase]:
    """One sentence for each sort of block, and one for the levels without any."""
    if len(sorts) == 1 and len({block.kind for block in blocks}) == 1:
        yield phrase(f"Each level of the {side} has ", _described(sorts[0]))
        return
    for kind, numbers in groups({level: block.kind for level, block in enumerate(blocks)}):
        described = [_described(sort) for sort in sorts if sort.block.kind == kind]
        for words in described or [("no block",)] * (kind == "none"):
            yield phrase(f"{of_side(numbers, side)} ", words)


def _side_blocks(design: Design, sides: tuple[str, ...], blocks: Sequence[AnyBlock]) -> list[SideBlocks]:
    """What stands on one side, a value for each kind of block with a convolution, the finest first."""
    by_kind: dict[str, list[Node]] = {}
    for node in block_convolutions(design.plan, sides):
        kind = blocks[design.config.topology.entry("block", node.place)].kind
        by_kind.setdefault(kind, []).append(node)
    firsts = {block.kind: block for block in reversed(blocks)}
    return [_one_sort(firsts[kind], by_kind[kind]) for kind in reversed(firsts) if kind in by_kind]


def _one_sort(block: AnyBlock, convs: Sequence[Node]) -> SideBlocks:
    per_block = Counter(_block_of(node.place) for node in convs)
    per_level = Counter(place.of_whole for place in per_block)
    kernels = frozenset(node.op.kernel for node in convs if isinstance(node.op, Conv))
    return SideBlocks(block, frozenset(per_level.values()), frozenset(per_block.values()), kernels)


def _block_of(place: Place) -> Place:
    """The block of a level that has several; the level itself where it has one."""
    return place.cut(1) if place.pieces and place.pieces[0].name == "block" else place.of_whole


def _described(blocks: SideBlocks) -> Phrase:
    """``a residual block of two 3×3 convolutions``."""
    name = NAMES.get(blocks.block.kind, f"{blocks.block.kind.replace('_', ' ')} block")
    has_one_kernel = len(blocks.kernels) == 1
    what = f"{either(blocks.kernels)} convolution" if has_one_kernel else "convolution"
    kernels = "" if has_one_kernel else f" with {either(blocks.kernels, 'and')} kernels"
    is_alone = blocks.per_level == {1}
    many = with_article(name) if is_alone else counted(blocks.per_level, name)
    each = "" if is_alone else " each"
    return phrase(
        citing(many, docs_of(type(blocks.block))), f" of {counted(blocks.convs, what)}{kernels}{each}"
    )


def _around_every(plan: Plan) -> Phrase:
    """What stands behind every convolution of the blocks, or before every one; nothing where they differ."""
    users: dict[str, list[Node]] = {}
    for node in plan.nodes:
        for name in node.inputs:
            users.setdefault(name, []).append(node)
    convs = block_convolutions(plan)
    after = {_nouns(_behind(users, node)) for node in convs}
    # Nothing needs to stand between the input and the first of them.
    before = {_nouns(_ahead(plan, node)) for node in convs if node.inputs[0] != plan.input.name}
    if len(after) == 1 and (words := after.pop()):
        return phrase("followed by ", listed(words))
    if len(before) == 1 and (words := before.pop()):
        return phrase("preceded by ", listed(words))
    return ()


def _nouns(nodes: Sequence[Node]) -> tuple[Phrase, ...]:
    """What only touches tensors up, in words, each once; dropout has a sentence of its own."""
    kept = [node.op for node in nodes if isinstance(node.op, POINTWISE) and not isinstance(node.op, Dropout)]
    return tuple(dict.fromkeys(map(noun, kept)))


def _behind(users: Mapping[str, Sequence[Node]], node: Node) -> list[Node]:
    nodes: list[Node] = []
    while len(users.get(node.name, ())) == 1 and isinstance(users[node.name][0].op, POINTWISE):
        node = users[node.name][0]
        nodes.append(node)
    return nodes


def _ahead(plan: Plan, node: Node) -> list[Node]:
    nodes: list[Node] = []
    while isinstance((node := plan.by_name[node.inputs[0]]).op, POINTWISE):
        nodes.insert(0, node)
    return nodes


def _dropout(plan: Plan) -> Iterator[Phrase]:
    drops = [node.op for node in plan.nodes if isinstance(node.op, Dropout)]
    if drops:
        rates = [decimal(rate) for rate in sorted({op.rate for op in drops})]
        words = listed(list(dict.fromkeys(map(noun, drops))))
        yield phrase("In training there is ", words, f" with {_rates(rates)}")


def _rates(rates: Sequence[str]) -> str:
    """``a rate of 0.5``, ``rates of 0.1 to 0.3``."""
    return f"a rate of {rates[0]}" if len(rates) == 1 else f"rates of {rates[0]} to {rates[-1]}"


def _widths(plan: Plan) -> Phrase:
    """The channels of the levels, from the finest to the coarsest."""
    encoder, decoder = _channels(plan, "encoder"), _channels(plan, "decoder")
    text = f"From the finest level to the coarsest the encoder has {_numbers(encoder)} channels"
    differs = decoder and decoder != encoder[: len(decoder)]
    return (f"{text}, and the decoder {_numbers(decoder)}" if differs else text,)


def _channels(plan: Plan, side: str) -> list[int]:
    ends = {
        node.place.level: node.spec.channels
        for node in plan.nodes
        if node.place.side == side and not node.place.task
    }
    return [ends[level] for level in sorted(level for level in ends if level is not None)]


def _numbers(values: Sequence[int]) -> str:
    return "".join(map(str, listed([f"{value:,}" for value in values])))
