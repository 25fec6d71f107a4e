"""How the modules of segmentation_models_pytorch's further decoders correspond to the places of a plan.

Names of modules as segmentation_models_pytorch 0.6.0 gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from unetgen.config.model import UNetConfig
from unetgen.parts.topologies.fpn import FPN
from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule
from unetgen.weights.where import ANY, CONV, Where, decoder, encoder

NUMBERED: Leaves = {Conv: "0", Norm: "1", TransposedConv: "0"}
_FACTOR: Leaves = {Conv: "conv", Norm: "bn"}
BLOCK = "decoder.blocks.{level_up}"


def manet(config: UNetConfig) -> Iterable[Rule]:
    """MA-Net: its bottom's attention, and gates of both tensors; the rest is the U-Net's."""
    for label, name in (("query", "center"), ("key", "top"), ("value", "bottom"), ("out", "out")):
        where = Where("encoder", ANY, (Piece("attention"),), part="bottleneck", label=label)
        yield Rule(where, (f"decoder.center.{name}_conv",))
    for index, piece in enumerate(("first", "conv")):
        yield Rule(decoder(piece, part="up"), (f"{BLOCK}.hl_conv.{index}.{{leaf}}",), NUMBERED)
    for number, gate in ((1, "SE_hl"), (2, "SE_ll")):
        for label, layer in (("squeeze", 1), ("excite", 3)):
            where = decoder(Piece("squeeze_excitation", number), part="skip", label=label)
            yield Rule(where, (f"{BLOCK}.{gate}.{layer}",))
    yield Rule(decoder(CONV), (f"{BLOCK}.conv{{conv}}.{{leaf}}",), NUMBERED)


def pspnet(config: UNetConfig) -> Iterable[Rule]:
    """Pyramid pooling; a grid of one bin has no norm."""
    for number in (1, 2, 3, 4):
        where = encoder(Piece("grid", number), part="bottleneck")
        yield Rule(where, (f"decoder.psp.blocks.{number - 1}.pool.1.{{leaf}}",), NUMBERED)
    yield Rule(encoder("project", part="bottleneck"), ("decoder.conv.{leaf}",), NUMBERED)


def fpn(config: UNetConfig) -> Iterable[Rule]:
    """A pyramid up to its finest level; the original calls its levels 2 to 5, whatever they are."""
    bottom = config.depth - 1
    finest = config.topology.finest if isinstance(config.topology, FPN) else 0
    laterals = {level: f"decoder.p{5 + level - bottom}.skip_conv" for level in range(finest, bottom)}
    for level, module in (laterals | {bottom: "decoder.p5"}).items():
        where = Where("nested", level, (Piece("lateral"),), column=1, part="skip")
        yield Rule(where, (module,))
    for level in range(finest, bottom + 1):
        where = decoder(Piece("from_decoder", level), CONV, level=finest, part="skip")
        module = f"decoder.seg_blocks.{bottom - level}.block.{{conv_0}}.block.{{leaf}}"
        yield Rule(where, (module,), NUMBERED)


def deeplab_v3_plus(config: UNetConfig) -> Iterable[Rule]:
    """DeepLabv3+: separable branches on the bottom, and one skip."""
    level = config.depth - 1
    yield from _aspp("decoder.aspp.0", level)
    yield from _separable("decoder.aspp", *_pieces(_bottom("refine", level)), at=1)
    yield Rule(decoder("narrow", part="skip"), ("decoder.block1.{leaf}",), NUMBERED)
    yield from _separable("decoder.block2", *_pieces(decoder(Piece("conv", 1))))


def _aspp(module: str, level: int) -> Iterator[Rule]:
    """Atrous spatial pyramid pooling on the bottom, with three separable branches."""
    yield Rule(_bottom("point", level), (f"{module}.convs.0.{{leaf}}",), NUMBERED)
    for number in (1, 2, 3):
        yield from _separable(f"{module}.convs.{number}", *_pieces(_bottom(Piece("rate", number), level)))
    yield Rule(_bottom("image", level), (f"{module}.convs.4.{{leaf}}",), {Conv: "1", Norm: "2"})
    yield Rule(_bottom("project", level), (f"{module}.project.{{leaf}}",), NUMBERED)


def _bottom(piece: Piece | str, level: int) -> Where:
    return encoder(piece, level=level, part="bottleneck")


def _pieces(pair: Where) -> tuple[Where, Where]:
    """The two convolutions of a pair."""
    depthwise, pointwise = ((*pair.pieces, Piece(name)) for name in ("depthwise", "pointwise"))
    return replace(pair, pieces=depthwise), replace(pair, pieces=pointwise)


def _separable(module: str, depthwise: Where, pointwise: Where, at: int = 0) -> Iterator[Rule]:
    """A separable convolution that is the entry `at` of a module, and the norm behind it."""
    yield Rule(depthwise, (f"{module}.{at}.0",))
    yield Rule(pointwise, (f"{module}.{{leaf}}",), {Conv: f"{at}.1", Norm: str(at + 1)})


def pan(config: UNetConfig) -> Iterable[Rule]:
    """PAN: its bottom's pyramid, and gates of the tensors from below."""
    bottom = config.depth - 1
    names: dict[Piece | str, str] = {
        "average": "branch1.1", "middle": "mid.0", "last": "down3.2",
        **{Piece("down", number): f"down{number}.1" for number in (1, 2, 3)},
        **{Piece("up", number): f"conv{number}" for number in (1, 2)},
    }  # fmt: skip
    for piece, module in names.items():
        yield Rule(_bottom(piece, bottom), (f"decoder.fpa.{module}.{{leaf}}",), _FACTOR)
    for level in range(2, bottom):
        module = f"decoder.gau{level - 1}"
        for piece, name in (("conv", "conv2"), ("factor", "conv1.1")):
            where = decoder("gate", piece, level=level, part="skip")
            yield Rule(where, (f"{module}.{name}.{{leaf}}",), _FACTOR)
