"""Sentences about the ways between levels, and between the encoder and the decoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unetgen.config.design import Design
from unetgen.config.level_values import LevelValues
from unetgen.config.schema.documentation import summary as docs_of
from unetgen.config.sections import Decoder
from unetgen.emit.figure.legend_words import factor
from unetgen.emit.graph.flowchart import POINTWISE
from unetgen.emit.prose.blocks import block_convolutions
from unetgen.emit.prose.citations import named_in
from unetgen.emit.prose.english import Phrase, counted, listed, phrase
from unetgen.emit.prose.level_groups import groups, levels
from unetgen.emit.prose.operations import noun
from unetgen.parts.part import Part
from unetgen.parts.per_level import entries
from unetgen.parts.skips import AnySkip
from unetgen.parts.skips.skip import Take
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv, Op
from unetgen.plan.ops.fitted import CROPS, PADS, RESIZES
from unetgen.plan.place import PartName, Place

FITTING: tuple[type[Op], ...] = (*PADS, *CROPS, *RESIZES)
"""What makes sizes fit, of which the sentence about sizes tells."""
_RESIZES: Mapping[str, str] = {
    "pad_and_crop": "Inputs of other sizes are padded with zeros, and the output is cropped back",
    "resize_to_skip": "Where sizes do not divide, the up-sampled tensor is resized to the skip",
    "pad_to_skip": "Where sizes do not divide, the up-sampled tensor is padded to the skip",
    "centre_crop": "Where sizes do not divide, the skip is cropped to the up-sampled tensor",
}


def way_sentences(design: Design) -> Iterator[Phrase]:
    """How levels follow each other, and what the skips do."""
    config, plan = design.config, design.plan
    with_layers = [down for down in entries(config.down) if not getattr(down, "into_block", False)]
    layers = _way(plan, "down", ("encoder",), with_layers)
    strided = _strided_blocks(plan, "the next" if layers else "each")
    down = phrase(layers, " or by ", strided) if layers and strided else layers or strided
    if config.encoder:  # which a sentence of its own tells of
        down = ()
    up = _way(plan, "up", ("decoder", "nested", "head"), entries(config.up))
    said = [phrase(words, f" on the way {way}") for way, words in (("down", down), ("up", up)) if words]
    if said:
        yield phrase("Levels are joined by ", listed(said, "and by"))
    yield from _skips(design)
    if config.decoder is not None:
        yield from _of_decoder(config.decoder)
    if config.resize.policy in _RESIZES:
        yield (_RESIZES[config.resize.policy],)


def _of_decoder(decoder: Decoder) -> Iterator[Phrase]:
    """A block on the bottom, and what enters the blocks beside the skips."""
    if decoder.on_bottom:
        yield ("A block of the decoder stands on the bottom too",)
    if style := decoder.style:
        length = ", divided by its length" if style.unit else ""
        made = f"The bottom, pooled over all positions by its {style.pooling}{length}"
        added = ", is added inside every block of the decoder, by a dense layer before each convolution"
        yield phrase(f"{made}{added} but the first", *named_in(docs_of(type(style))))


def _way(plan: Plan, name: PartName, sides: Sequence[str], parts: Sequence[Part]) -> Phrase:
    """What stands on the ways of one direction, each sort once, and where the kinds of `parts` come from."""
    ways: dict[Place, list[Node]] = {}
    for node in plan.nodes:
        if node.place.part == name and node.place.side in sides and not node.place.task:
            ways.setdefault(node.place.of_whole, []).append(node)
    chains = [chain for chain in dict.fromkeys(map(_chain, ways.values())) if chain]
    sources = [source for model in dict.fromkeys(map(type, parts)) for source in named_in(docs_of(model))]
    if max(map(len, chains), default=0) <= 1:
        return phrase(listed([step for chain in chains for step in chain], "or"), *sources) if chains else ()
    told = [
        phrase(*(phrase(", followed by ", step) if n else step for n, step in enumerate(c))) for c in chains
    ]
    return phrase(*(phrase(", or by ", each) if n else each for n, each in enumerate(told)), *sources, ",")


def _chain(nodes: Sequence[Node]) -> tuple[Phrase, ...]:
    """The steps of a way as nouns: ``nearest-neighbour up-sampling by 2``, ``3×3 convolutions``.

    What is on a shortcut is said with the last one, to which it is added.
    """
    told = [node for node in nodes if not isinstance(node.op, (*POINTWISE, *FITTING, Add))]
    *steps, last = [noun(node.op) for node in told if not node.place.has("shortcut")] or [()]
    if shortcut := [noun(node.op) for node in told if node.place.has("shortcut")]:
        last = phrase(last, ", added to ", listed(shortcut), " of its input")
    return tuple(step for step in (*steps, last) if step)


def _strided_blocks(plan: Plan, which: str) -> Phrase:
    """The convolutions of blocks that have a stride, where those are the way down."""
    strides = {
        node.op.strides
        for node in block_convolutions(plan, ("encoder",))
        if isinstance(node.op, Conv) and max(node.op.strides) > 1
    }
    words = " or ".join(dict.fromkeys(factor(axes) for axes in sorted(strides)))
    return (f"a stride of {words} in the first convolution of {which} block",) if strides else ()


TAKEN: Mapping[Take, str] = {
    "before_last_conv": "taken before the last convolution of its block",
    "before_block": "taken before its block",
}
"""Where a skip begins that does not take a level's output."""


def _pyramid(nodes: Sequence[Node]) -> Iterator[Phrase]:
    """How a feature pyramid comes to one tensor."""
    channels = [node.spec.channels for node in nodes if node.place.side == "nested"]
    branches = [n for n in nodes if n.place.joins_levels and not isinstance(n.op, FITTING)]
    yield (f"Each level of the pyramid has {counted(channels[:1], 'channel')}",)
    way = listed(list(dict.fromkeys(noun(node.op) for node in branches)))
    yield phrase("From each, ", way, " lead to the finest level of it")


def _skips(design: Design) -> Iterator[Phrase]:
    """What the decoder takes of the encoder."""
    plan = design.plan
    main = [node for node in plan.nodes if node.place.side != "encoder" and not node.place.task]
    nodes = [node for node in main if node.place.part == "skip" or node.place.has("join")]
    if design.config.topology.kind == "fpn":
        yield from _pyramid(nodes)
    elif any(node.place.side == "nested" for node in plan.nodes):
        yield (
            "Between the encoder and the decoder stand nested nodes, and each node takes the outputs of all "
            "earlier nodes of its level",
        )
    elif any(node.place.joins_levels and node.place.part for node in nodes):
        yield ("The decoder also takes features of other levels than its own",)
    skips = LevelValues(design.config).skips
    joined = {level: _joined(skip, _of_level(nodes, level)) for level, skip in enumerate(skips)}
    if not any(joined.values()):
        yield ("There are no skips between the encoder and the decoder",)
        return
    for words, numbers in groups(joined):
        each = "On each level" if len(numbers) == len(skips) else f"On {levels(numbers)}"
        if words:
            yield phrase(f"{each} the features of the encoder are ", words)
        else:
            yield (f"{each} the decoder takes nothing of the encoder",)


def _of_level(nodes: Sequence[Node], level: int) -> list[Node]:
    return [node for node in nodes if node.place.level == level]


def _joined(skip: AnySkip, nodes: Sequence[Node]) -> Phrase:
    """What is done with the features of the encoder at one level; nothing where they end there."""
    whole = [node for node in nodes if not node.place.pieces or node.place.ends_with("join")]
    joints = [node.op for node in whole if isinstance(node.op, Add | Concat)]
    if not joints:
        return ()
    sources = named_in(docs_of(type(skip)))
    how = "concatenated with" if any(isinstance(op, Concat) for op in joints) else "added to"
    done = [] if skip.takes == "end" else [phrase(TAKEN[skip.takes])]
    done += [phrase("cropped")] * any(isinstance(node.op, CROPS) for node in nodes)
    if skip.kind == "attention":
        done.append(phrase("weighted by attention gates", *sources))
    if skip.kind == "res_path":
        done.append(("passed through residual convolutions",))
    where = ", inside its block" if skip.is_inside else ""
    done.append(phrase(f"{how} those of the decoder{where}", *sources))
    if skip.kind == "fusion_attention":
        done[-1] = phrase(f"{how} those of the decoder, which channel gates of both weigh", *sources)
    elif any(node.place.has("squeeze_excitation") for node in nodes):
        done.append(phrase("passed through squeeze and excitation"))
    return listed(done)
