"""How the layers of Keras U-Nets from pip correspond to the places of a plan, for their fixtures only.

Names of layers as keras-unet-collection 0.1.13 gives them where its networks are called `net`, and as Keras
numbers those of keras-unet 0.1.2, which have none. Checkpoints of these packages cannot be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from unetgen.plan.ops import Conv, Norm, Op, TransposedConv
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, CONV, Where, decoder, encoder, head

_COLLECTION: Leaves = {Conv: "", TransposedConv: "", Norm: "_bn"}

COLLECTION_UNET = WeightFamily(
    "keras-unet-collection unet_2d and att_unet_2d",
    _COLLECTION,
    (
        Rule(encoder(CONV, level=0), ("net_down0_{conv_0}{leaf}",)),
        Rule(
            encoder(part="down"),
            ("net_down{level}_encode{leaf}",),
            {Conv: "_stride_conv", Norm: "_bn"},
        ),
        Rule(encoder(CONV), ("net_down{level}_conv_{conv_0}{leaf}",)),
        Rule(decoder("conv", part="up"), ("net_up{level_up}_conv_before_concat_0{leaf}",)),
        Rule(
            decoder(part="up"),
            ("net_up{level_up}_decode{leaf}",),
            {TransposedConv: "_trans_conv", Norm: "_bn"},
        ),
        Rule(decoder("gate", part="skip", label="theta"), ("net_up{level_up}_att_theta_x",)),
        Rule(decoder("gate", part="skip", label="phi"), ("net_up{level_up}_att_phi_g",)),
        Rule(decoder("gate", part="skip", label="psi"), ("net_up{level_up}_att_psi_f",)),
        Rule(decoder(CONV), ("net_up{level_up}_conv_after_concat_{conv_0}{leaf}",)),
        Rule(head(), ("net_output",)),
    ),
)


def _residual_u(
    side: Callable[..., Where], at: int, name: str, height: int, *, dilated: bool
) -> Iterator[Rule]:
    """One RSU; the dilated one counts its lowest level among those on the way down."""
    yield Rule(side("outer", level=at), (f"{name}_in_0{{leaf}}",))
    for level in range(1, height):
        yield Rule(side(Piece("nested", level), "encoder", level=at), (f"{name}_down_{level - 1}_0{{leaf}}",))
    lowest = f"down_{height - 1}" if dilated else "up_0"
    yield Rule(side(Piece("nested", height), level=at), (f"{name}_{lowest}_0{{leaf}}",))
    for level in range(2, height):
        up = height - level - dilated
        yield Rule(side(Piece("nested", level), "decoder", level=at), (f"{name}_up_{up}_0{{leaf}}",))
    yield Rule(side(Piece("nested", 1), "decoder", level=at), (f"{name}_out_0{{leaf}}",))


COLLECTION_U2NET = WeightFamily(
    "keras-unet-collection u2net_2d of two RSU and two RSU-4F levels",
    _COLLECTION,
    (
        *_residual_u(encoder, 0, "net_in", 5, dilated=False),
        *_residual_u(encoder, 1, "net_down_0", 4, dilated=False),
        *_residual_u(encoder, 2, "net_down_4f_0", 4, dilated=True),
        *_residual_u(encoder, 3, "net_down_4f_1", 4, dilated=True),
        *_residual_u(decoder, 2, "net_up_4f_0", 4, dilated=True),
        *_residual_u(decoder, 1, "net_up_0", 4, dilated=False),
        *_residual_u(decoder, 0, "net_up_1", 5, dilated=False),
        Rule(head(), ("net_output_sup0",)),
        Rule(head(level=ANY), ("net_output_conv_{level}",)),
        Rule(head(part="fuse"), ("net_output_final",)),
    ),
)


def _in_order(places: Sequence[Where]) -> Iterator[Rule]:
    """Layers of one kind, and the norms behind them, as Keras numbers them."""
    for index, where in enumerate(places):
        yield Rule(where, (f"{{leaf}}_{index}" if index else "{leaf}",))


def _keras_unet(dims: int) -> WeightFamily:
    blocks: list[tuple[Callable[..., Where], int]] = [
        (encoder, 0),
        (encoder, 1),
        (encoder, 2),
        (decoder, 1),
        (decoder, 0),
    ]
    convs = [side(Piece("conv", conv), level=level) for side, level in blocks for conv in (1, 2)]
    leaves: dict[type[Op], str] = {
        Conv: f"conv{dims}d",
        TransposedConv: f"conv{dims}d_transpose",
        Norm: "batch_normalization",
    }
    rules = (*_in_order([*convs, head()]), *_in_order([decoder(part="up", level=n) for n in (1, 0)]))
    return WeightFamily(f"keras-unet of three levels in {dims}D", leaves, rules)


_CSB: Leaves = {Conv: ""}
CSBDEEP = WeightFamily(
    "csbdeep's common_unet of three levels, and StarDist on it",
    _CSB,
    (
        *(Rule(encoder(Piece("conv", conv), level=2), (f"middle_{(conv - 1) * 2}",)) for conv in (1, 2)),
        Rule(encoder(CONV), ("down_level_{level}_no_{conv_0}",)),
        Rule(decoder(Piece("conv", 1)), ("up_level_{level}_no_0",)),
        Rule(decoder(Piece("conv", 2)), ("up_level_{level}_no_2",)),
        Rule(decoder(Piece("conv", 3), level=0), ("features",)),
        Rule(head(task="dist"), ("dist",)),
        Rule(head(), ("conv2d", "conv3d", "prob")),
    ),
)

FAMILIES = {
    "csbdeep": CSBDEEP,
    "keras_unet_collection_u2net": COLLECTION_U2NET,
    "keras_unet_collection": COLLECTION_UNET,
    "keras_unet_custom_3d": _keras_unet(3),
    "keras_unet": _keras_unet(2),
}
"""By how the fixtures' names begin; the first that fits."""
