"""The networks that the figures are tested on, and their pictures, made once each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import unetgen
from tests.emit.figure.refusals import refusal
from tests.tiers import sampled
from unetgen.config.bundled import bundled_configs
from unetgen.emit.figure.drawn_grid import needs_grid
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Picture
from unetgen.plan.graph import Plan
from unetgen.plan.place import Place

INPUT_ADDED = ("input.channels=2", "head.residual=input")
SYNTHETIC: dict[str, tuple[str, ...]] = {
    "1d": ("input.shape=[4096]",),
    "anisotropic": (
        "input.shape=[16,160,160]",
        "depth=4",
        "kernel=[[1,3,3],[3,3,3],[3,3,3],[3,3,3]]",
        "down.size=[[1,2,2],[2,2,2],[2,2,2]]",
        "norm=instance",
        "activation={kind: leaky_relu, negative_slope: 0.01}",
    ),
    "valid": ("padding=valid", "input.shape=[140,140]", "depth=3"),
    "valid_1d": ("padding=valid", "input.shape=[140]", "depth=3", "head.deep_supervision=1"),
    "additive": ("skip=add", "up={kind: nearest, conv: 3}"),
    "additive_projected": ("skip=add", "up=nearest", "block=residual"),
    "residual": ("block=residual", "norm=group"),
    "residual_valid": ("block=residual", "padding=valid", "input.shape=[140,140]", "depth=3"),
    "nnunet": (
        "input.shape=[64,64,64]",
        "depth=5",
        "norm=instance",
        "block=residual",
        "down={kind: strided_conv, into_block: true}",
        "head.deep_supervision=3",
        "dropout=[0,0,0.1,0.2,0.3]",
    ),
    "supervised": ("head.deep_supervision={levels: 2, upsample: true}",),
    "depth7": ("depth=7",),
    "depth7_residual": ("depth=7", "block=residual", "norm=instance", "head.deep_supervision=4"),
    "wide": ("base_filters=4096", "depth=4"),
    "wide_flat": ("base_filters=16384", "depth=3", "filter_growth=1"),
    "flat": ("filter_growth=1", "depth=5"),
    "tiny": ("depth=2", "base_filters=2", "input.shape=[8,8]"),
    "one_conv": ("block.convs=1",),
    "one_strided": ("block.convs=1", "down={kind: strided_conv, into_block: true}"),
    "four_convs": ("block.convs=4", "depth=3"),
    "padded": ("resize=pad_and_crop", "input.shape=[123,128]"),
    "resized": ("resize=resize_to_skip", "input.shape=[123,121]", "up=nearest"),
    "shuffled": ("up=pixel_shuffle", "down=average_pool", "order=[norm,activation,conv,dropout]"),
    "tiny_residual": ("depth=2", "block=residual", "skip=add"),
    "tiny_attention": ("depth=2", "skip=attention"),
    "tiny_fused": ("depth=2", "head.deep_supervision={levels: 1, fuse: concat}"),
    "strided": ("down={kind: strided_conv, filters: next}", "block=residual"),
    "attention": ("skip=attention",),
    "attention_residual": ("skip=attention", "block=residual", "norm=group", "depth=3"),
    "attention_3d": ("skip=attention", "input.shape=[16,64,64]", "down.size=[[1,2,2],[2,2,2],[2,2,2]]"),
    "recurrent": ("block=recurrent", "depth=3"),
    "nested_u": ("block=rsu", "depth=3"),
    "nested_u_strided": ("block=rsu", "depth=3", "down={kind: strided_conv, into_block: true}"),
    "dense_block": ("block=dense", "depth=3"),
    "dilated": ("block=dilated", "depth=3"),
    "convnext": ("block=convnext", "norm=none", "depth=3"),
    "naf": ("block=naf", "norm=none", "depth=3"),
    "excited": ("block=residual", "block.squeeze_excitation=both", "depth=3"),
    "repeated": ("block=residual", "block.repeats=2", "depth=3", "stem=7"),
    "pyramid": ("bottleneck=aspp", "depth=3"),
    "self_attention": ("bottleneck=self_attention", "depth=3"),
    "pooled_grids": ("bottleneck=pyramid_pooling", "depth=3"),
    "position_attention": ("bottleneck=position_attention", "skip=fusion_attention", "depth=3"),
    "fused": ("head.deep_supervision={levels: 2, fuse: concat}",),
    "fused_sum": ("head.deep_supervision={levels: 2, fuse: sum}", "block=residual"),
    "kerfoot": ("topology=strided_unet", "depth=4"),
    "kerfoot_residual": ("topology=strided_unet", "depth=5", "block=residual", "skip=add"),
    "strided_stem": ("stem={kernel: 7, strides: 2, down: {kind: max_pool, window: 3}}", "norm=batch"),
    "strided_stem_supervised": (
        "stem={strides: 2, up: transposed}",
        "block=residual",
        "skip=attention",
        "head.deep_supervision=2",
    ),
    "strided_stem_grid": (
        "stem={strides: 2}",
        "topology=unet_plus_plus",
        "head.deep_supervision=1",
    ),
    "taken_inside": (
        "skip=[{kind: concat, take: before_last_conv},{kind: add, take: before_last_conv}]",
        "depth=3",
    ),
    "input_added": (
        *INPUT_ADDED,
        "block=residual",
        "skip=attention",
        "resize=pad_and_crop",
        "input.shape=[60,64]",
    ),
    "input_added_3d": (
        "input.channels=1024",
        "num_classes=1024",
        "head.residual=input",
        "input.shape=[16,64,64]",
        "depth=3",
    ),
    "input_added_valid": (
        *INPUT_ADDED,
        "padding=valid",
        "input.shape=[140,140]",
        "depth=3",
        "head.deep_supervision=1",
    ),
    "input_added_fused": (*INPUT_ADDED, "head.deep_supervision={levels: 2, fuse: concat}"),
    "input_added_strided": (*INPUT_ADDED, "topology=strided_unet"),
    "input_added_grid": (
        *INPUT_ADDED,
        "topology=unet_plus_plus",
        "depth=3",
        "head.deep_supervision=1",
        "tasks=[{name: edges, num_classes: 1, decoder: own}, {name: third, num_classes: 1}]",
    ),
    "input_added_grid_fused": (
        *INPUT_ADDED,
        "topology=unet_plus_plus",
        "head.deep_supervision={levels: 2, fuse: concat}",
    ),
    "input_added_tasks": (
        *INPUT_ADDED,
        "tasks=[{name: distance, num_classes: 1}, {name: edges, num_classes: 1}]",
    ),
    "plus_plus": ("topology=unet_plus_plus", "depth=5"),
    "plus_plus_supervised": ("topology=unet_plus_plus", "depth=6", "head.deep_supervision=4"),
    "plus_plus_fused": ("topology=unet_plus_plus", "head.deep_supervision={levels: 2, fuse: concat}"),
    "plus_plus_pruned": ("topology={kind: unet_plus_plus, prune_to: 2}", "skip=attention"),
    "plus_plus_task": ("topology=unet_plus_plus", "tasks=[{name: edges, num_classes: 1, decoder: own}]"),
    "3_plus": ("topology=unet_3_plus", "depth=5", "head.deep_supervision=4"),
    "3_plus_fused": ("topology=unet_3_plus", "head.deep_supervision={levels: 3, fuse: concat}"),
    "dense_skips": ("topology=dense_skip", "depth=5", "head.deep_supervision=2", "block=rsu"),
    "mixed": (
        "block=[plain,residual,plain,{kind: residual, repeats: 2}]",
        "norm=[none,batch,batch,instance]",
        "down=[max_pool,average_pool,{kind: strided_conv, into_block: true}]",
        "up=[nearest,transposed,nearest]",
        "skip=[none,attention,add]",
    ),
    "feature_pyramid": ("topology={kind: fpn, finest: 1}", "head.upsample=linear", "up=nearest"),
    "feature_pyramid_3d": ("topology=fpn", "input.shape=[16,64,64]", "depth=3", "up=nearest"),
    "coarser_end": ("topology={kind: unet, levels: [1, 2]}", "depth=5", "head.upsample=linear"),
    "bottom_alone": (
        "topology={kind: unet, levels: []}",
        "up=nearest",
        "decoder=null",
        "head.upsample=linear",
        "bottleneck={kind: aspp, separable: true}",
    ),
    "pyramid_attention": ("bottleneck=pyramid_attention", "skip=global_attention", "depth=3"),
    "no_skips": ("skip=none", "depth=3", "resize=resize_to_skip", "input.shape=[61,63]"),
    "few_blocks": ("depth=3", "block=[none,plain,plain]", "decoder.block=[plain,none]", "skip=[add,concat]"),
    "encoder_resnet": (
        "base_filters=null",
        "encoder=resnet18",
        "depth=4",
        "decoder.filters=[8,8,8]",
        "up=nearest",
    ),
    "encoder_vgg": ("base_filters=null", "encoder=vgg11", "depth=3", "decoder.filters=[8,8]", "up=nearest"),
    "encoder_mobile": (
        "base_filters=null",
        "encoder=mobilenet_v3_small",
        "depth=6",
        "decoder.filters=[8,8,8,8,8]",
        "up=nearest",
    ),
    "encoder_dense": (
        "base_filters=null",
        "encoder=densenet121",
        "depth=3",
        "decoder.filters=[8,8]",
        "up=nearest",
    ),
    "encoder_convnext": (
        "base_filters=null",
        "encoder=convnext_tiny",
        "depth=4",
        "decoder.filters=[8,8,8]",
        "up=nearest",
    ),
    "encoder_plus_plus": (
        "base_filters=null",
        "encoder=resnet18",
        "depth=4",
        "decoder.filters=[8,8,8]",
        "up=nearest",
        "topology={kind: unet_plus_plus, order: latest_first}",
        "tasks=[{name: edges, num_classes: 1, decoder: own}]",
    ),
    "excited_skips": ("skip={kind: concat, squeeze_excitation: both}", "depth=3"),
    "linknet": ("up=bottleneck", "skip=add", "decoder.block=none", "depth=3"),
    "task": (
        "tasks=[{name: edges, num_classes: 1, decoder: own}, {name: kind, num_classes: 3, decoder: pooled}]",
        "head.deep_supervision=2",
    ),
    "tasks": (
        "tasks=[{name: a_task_with_a_very_long_name, num_classes: 1},{name: distance, num_classes: 1}]",
    ),
}
"""Overrides of quickstart2d."""
NAMES = (*bundled_configs(), *SYNTHETIC)
ROWS = ("block", "stage")
"""The views that stand a U's levels below each other."""
VIEWS = (*ROWS, "grid")
WIDTHS = ("single", "ieee", "lncs", "double", "nature")
FIRST_WIDTHS = ("single", "double")
"""Those of published networks, and of the first tier of tests."""


@cache
def plan_of(name: str) -> Plan:
    overrides = SYNTHETIC.get(name)
    config = name if overrides is None else "quickstart2d"
    return unetgen.plan(unetgen.load(config, overrides=overrides or ()))


GRIDS = tuple(name for name in NAMES if needs_grid(plan_of(name)))
"""The networks that are more than a U."""
SHIFTED = tuple(
    name for name in NAMES if any(n.place.is_in(Place("head", part="up")) for n in plan_of(name).nodes)
)
"""Those whose input is a row of its own, above their first level."""
US = tuple(name for name in NAMES if name not in {*GRIDS, *SHIFTED})


IN_CIRCLES = ("1d", "wide_flat", "anisotropic")
"""Plain U's that are drawn as grids too."""


def _asked() -> Iterator[tuple[str, str, str]]:
    """Every network in the views that it has, at all widths; published ones at two of them."""
    for name in NAMES:
        views = ("block",) if name in GRIDS else VIEWS if name in IN_CIRCLES else ROWS
        for width in WIDTHS if name in SYNTHETIC else FIRST_WIDTHS:
            yield from ((name, view, width) for view in views)


ASKED = tuple(_asked())
REFUSED = tuple(asked for asked in ASKED if refusal(*asked))
PICTURES = tuple(asked for asked in ASKED if not refusal(*asked))
ROW_PICTURES = tuple(
    (name, view, width)
    for name, view, width in PICTURES
    if name in US and view in ROWS and width in FIRST_WIDTHS
)
"""U's with their levels below each other, on a narrow page and on a wide one."""


@cache
def drawn(name: str, view: Any, width: str, theme: str = "okabe", **options: Any) -> Picture:
    return picture(plan_of(name), name=name, view=view, width=width, theme=theme, **options)


OTHER_WIDTHS = tuple(width for width in WIDTHS if width not in FIRST_WIDTHS)
OF_NETWORKS = [(name, FIRST_WIDTHS) for name in NAMES] + [(name, OTHER_WIDTHS) for name in SYNTHETIC]
SAMPLED = sampled(OF_NETWORKS, OF_NETWORKS[: len(NAMES)])
"""The networks and widths of all pictures as parameters: two widths in the first tier."""


def drawn_at(name: str, widths: tuple[str, ...]) -> dict[str, Picture]:
    """The network's pictures at these widths, by view and width."""
    asked = [case for case in PICTURES if case[0] == name and case[2] in widths]
    return {f"{view}, {width}": drawn(name, view, width) for _, view, width in asked}
