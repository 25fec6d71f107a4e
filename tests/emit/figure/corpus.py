"""The networks that the figures are tested on, and their pictures, made once each."""

from __future__ import annotations

from functools import cache
from typing import Any

import unetgen
from unetgen.config.bundled import bundled_configs
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Picture
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Plan

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
    "strided": ("down={kind: strided_conv, filters: next}", "block=residual"),
}
"""Overrides of quickstart2d."""
NAMES = (*bundled_configs(), *SYNTHETIC)
VIEWS = ("block", "stage", "layer")
WIDTHS = ("single", "ieee", "lncs", "double", "nature")


@cache
def plan_of(name: str) -> Plan:
    overrides = SYNTHETIC.get(name)
    config = name if overrides is None else "quickstart2d"
    return unetgen.plan(unetgen.load(config, overrides=overrides or ()))


@cache
def drawn(name: str, view: Any, width: str, theme: str = "okabe", **options: Any) -> Picture | None:
    """The picture, or nothing where the view refuses the network at that width."""
    plan = plan_of(name)
    try:
        return picture(plan, name=name, view=view, width=width, theme=theme, **options)
    except UnetgenError as error:
        assert "use" in str(error)
        return None
