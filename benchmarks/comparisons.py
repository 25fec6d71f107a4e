"""Which networks the speed benchmark compares, with whom, and what each ratio must be.

The limits of the first three networks are the project's own goals; elsewhere ours is never slower than the
same network by hand in Keras, and infers faster than PyTorch's original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from unetgen.measuring.side import TimedSide, What

PRECISIONS = {"float32": "", "bfloat16": "execution.precision=mixed_bfloat16"}
ARTICLE, TWIN, HAND = "the article's code", "by hand, channels last", "by hand"
TORCH, TORCH_BFLOAT16 = "PyTorch", "PyTorch, bfloat16"
PLAIN = "unetgen, not rewritten"
NOT_SLOWER = 1.0
"""A limit that is lowered by the noise of the values: equal is allowed."""
_TRAINING = (
    "compile={loss: categorical_crossentropy, optimizer: {kind: adam, learning_rate: 1e-5}, "
    "metrics: [categorical_accuracy]}"
)

_INSTANCE_NORM = {"float32": 1e-3, "bfloat16": float("inf")}
"""Normalizing the 8 positions of a bottleneck multiplies what is rounded: PyTorch's bfloat16 differs from its
float32 as much as ours does. And Keras's variance is a difference, of a mean square and a squared mean."""

Limits = Mapping[tuple[What, str], Mapping[str, float]]
"""By what is done and the precision of ours: how many times faster than each side, in float32, ours is."""


@dataclass(frozen=True)
class Comparison:
    """One network: a config, overrides that shape it, and the same network made by others."""

    shown: str
    size: str
    config: str
    theirs: tuple[TimedSide, ...]
    limits: Limits
    overrides: tuple[str, ...] = ()
    tiny: tuple[str, ...] = ()
    """Overrides under which it takes a second."""
    whats: tuple[What, ...] = ("inference", "training")
    tolerances: Mapping[str, float] = field(default_factory=lambda: {"float32": 1e-5, "bfloat16": 3e-2})
    """By precision, of the outputs' largest difference over the largest output."""
    same_losses: str | None = None
    """The side whose losses 20 training steps of ours must equal; None where dropout makes them random."""


def ours(what: What, precision: str) -> TimedSide:
    """The config's network, optimized."""
    overrides = (f"execution.optimize={what}", *filter(None, [PRECISIONS[precision]]))
    return TimedSide(f"unetgen, {precision}", "config", precision=precision, overrides=overrides)  # type: ignore[arg-type]


def _torch(network: str, whats: tuple[What, ...] = ("inference",)) -> tuple[TimedSide, ...]:
    """PyTorch's network; with `whats` done in bfloat16 too, which has no limit of its own."""
    half = TimedSide(TORCH_BFLOAT16, "torch", network, precision="bfloat16", whats=whats)
    return TimedSide(TORCH, "torch", network), half


def _never_slower(hand: str | None, torch: str | None) -> Limits:
    found: dict[tuple[What, str], dict[str, float]] = {}
    for precision in PRECISIONS:
        own = {hand: NOT_SLOWER} if hand else {}
        found["training", precision] = own
        found["inference", precision] = own | ({torch: 1.0 + 1e-9} if torch else {})
    return found


COMPARISONS: Mapping[str, Comparison] = {
    "article": Comparison(
        shown="article",
        size="4x96x96x16",
        config="unet3d_depth2",
        overrides=("input.shape=[96,96,16]",),
        # No size equals a number of filters: Keras would add the bias along the wrong axis of the article's.
        tiny=("input.shape=[16,16,6]", "base_filters=4"),
        theirs=(
            TimedSide(ARTICLE, "keras", "article", "channels_first"),
            TimedSide(TWIN, "keras", "article", "channels_last"),
            *_torch("article", ("inference", "training")),
        ),
        limits={
            ("inference", "float32"): {ARTICLE: 5, TWIN: 1.45, TORCH: 1.6},
            ("inference", "bfloat16"): {ARTICLE: 9, TWIN: 2.4, TORCH: 2.5},
            ("training", "float32"): {ARTICLE: 5.5, TWIN: 1.3, TORCH: 1.6},
            ("training", "bfloat16"): {ARTICLE: 9, TWIN: 2.2, TORCH: 2.5},
        },
        same_losses=TWIN,
    ),
    "unet2d_2015": Comparison(
        shown="2D of 2015, padded",
        size="512x512",
        config="unet2d_2015",
        overrides=("input.shape=[512,512]", "padding=same", _TRAINING),
        tiny=("input.shape=[64,64]", "base_filters=4"),
        theirs=(TimedSide(HAND, "keras", "ronneberger"), *_torch("ronneberger")),
        limits={
            ("inference", "float32"): {HAND: 1.25, TORCH: 1},
            ("inference", "bfloat16"): {HAND: 2, TORCH: 1},
            ("training", "float32"): {HAND: 1.05},
            ("training", "bfloat16"): {HAND: 1.6},
        },
    ),
    "nnunet": Comparison(
        shown="nnU-Net's brain tumours",
        size="64x64x64",
        config="nnunet_brain_tumour_3d",
        overrides=(
            "input.shape=[64,64,64]", "head.deep_supervision=null", "kernel_regularizer=null", _TRAINING,
        ),
        tiny=("base_filters=4", "max_filters=40"),
        theirs=(TimedSide(HAND, "keras", "nnunet"), *_torch("nnunet")),
        limits={
            ("inference", "float32"): {HAND: 1.28, TORCH: 1},
            ("inference", "bfloat16"): {HAND: 2, TORCH: 1, TORCH_BFLOAT16: 1},
            ("training", "float32"): {HAND: 1.12},
            ("training", "bfloat16"): {HAND: 1.6},
        },
        tolerances=_INSTANCE_NORM,
    ),
    "dynunet": Comparison(
        shown="MONAI's DynUNet",
        size="64x64x64",
        config="monai_dynunet3d",
        overrides=(_TRAINING,),
        tiny=("base_filters=4", "max_filters=40"),
        theirs=_torch("dynunet"),
        limits=_never_slower(None, TORCH),
        tolerances=_INSTANCE_NORM,
        whats=("inference",),
    ),
    "keras_unet_collection": Comparison(
        shown="unet_2d",
        size="128x128",
        config="keras_unet_collection_unet2d",
        overrides=(_TRAINING,),
        tiny=("input.shape=[32,32]", "base_filters=4"),
        theirs=(TimedSide("keras-unet-collection", "keras", "keras_unet_collection"),),
        limits=_never_slower("keras-unet-collection", None),
        whats=("inference",),
    ),
}  # fmt: skip


def _on_gpu(name: str, network: str, size: str, overrides: tuple[str, ...]) -> Comparison:
    """One of the comparisons for a GPU: at a larger size, against PyTorch's compiler too."""
    by_hand = tuple(side for side in COMPARISONS[name].theirs if side.name in (TWIN, HAND))
    compiled = (replace(side, name=f"{side.name}, compiled", is_compiled=True) for side in _torch(network))
    half = TimedSide(
        f"{PLAIN}, bfloat16", "config", precision="bfloat16", overrides=(PRECISIONS["bfloat16"],)
    )
    both: tuple[What, ...] = ("inference", "training")
    torch = tuple(replace(side, whats=both) for side in (*_torch(network), *compiled))
    return replace(
        COMPARISONS[name],
        size=size,
        overrides=overrides,
        theirs=(*by_hand, TimedSide(PLAIN, "config"), half, *torch),
        limits={},  # those above are a CPU's
        tolerances={
            "float32": 5e-3,
            "bfloat16": float("inf"),
        },  # it may multiply float32 with fewer bits (TF32)
        same_losses=None,
    )


GPU: Mapping[str, Comparison] = {
    "article": _on_gpu("article", "article", "4x160x160x16", ()),
    "unet2d_2015": _on_gpu("unet2d_2015", "ronneberger", "512x512", COMPARISONS["unet2d_2015"].overrides),
    "nnunet": _on_gpu(
        "nnunet", "nnunet", "128x128x128",
        ("input.shape=[128,128,128]", *COMPARISONS["nnunet"].overrides[1:]),
    ),
}  # fmt: skip
"""What a GPU is asked to compute."""

LOW_MEMORY = TimedSide(
    "unetgen, low_memory", "config", precision="bfloat16", overrides=("execution=low_memory",)
)
CHEAP = "execution.remat=cheap"
MEMORY_LIMITS: Mapping[What, float] = {"inference": 0.33, "training": 0.5}
LOW_MEMORY_LIMIT = 0.35
"""Peaks of memory over that of the article's network by hand, channels last, at full size."""
