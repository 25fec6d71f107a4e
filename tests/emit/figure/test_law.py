"""The law of figures: contract the plan by the drawn boxes; the drawn arrows are the edges that are left."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

import unetgen
from tests.emit.figure.corpus import GRIDS, PICTURES, drawn, plan_of
from tests.emit.figure.drawn_edges import drawn_edges, plan_edges
from tests.tiers import sampled
from unetgen.config.bundled import bundled_configs
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Picture, Text
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation

WIDE = [(name, view) for name, view, width in PICTURES if width == "double"]
"""Every network in every view that it is asked for."""
CHOICES: dict[str, tuple[str, ...]] = {
    "depth": ("2", "3", "4"),
    "block": (
        "plain", "residual", "rsu", "dense", "dilated", "convnext", "recurrent", "multires",
        "[plain,residual,none]", "[none,dense,plain]",
    ),
    "skip": ("concat", "add", "attention", "none", "[none,attention]", "[add,none]", "res_path"),
    "down": (
        "max_pool", "average_pool", "strided_conv", "{kind: strided_conv, into_block: true}",
        "[strided_conv,max_pool]",
    ),
    "up": ("transposed", "nearest", "pixel_shuffle", "[nearest,transposed]"),
    "norm": ("batch", "batch", "[none,batch,instance]"),
    "topology": ("unet", "unet", "strided_unet", "unet_plus_plus", "unet_3_plus"),
    "head.deep_supervision": ("0", "1", "{levels: 1, fuse: concat}"),
    "tasks": (
        "[]", "[]", "[{name: edges, num_classes: 1}]",
        "[{name: kind, num_classes: 3, decoder: pooled}]",
    ),
    "decoder": ("null", "null", "{style: average}", "{style: max, on_bottom: true}"),
    "input.channels": ("2",),
    "head.residual": ("null", "null", "input"),
}  # fmt: skip
GENERATED = 100


def generated() -> list[tuple[str, Plan]]:
    """The first plans of a fixed random sequence of overrides that are legal."""
    chance = random.Random(12)
    plans: list[tuple[str, Plan]] = []
    while len(plans) < GENERATED:
        overrides = [f"{key}={chance.choice(values)}" for key, values in CHOICES.items()]
        try:
            plans.append(
                (" ".join(overrides), unetgen.plan(unetgen.load("quickstart2d", overrides=overrides)))
            )
        except UnetgenError:
            continue
    return plans


@pytest.mark.parametrize(
    ("name", "view"), sampled(WIDE, [case for case in WIDE if case[0] in bundled_configs()])
)
def test_the_arrows_are_the_edges_between_the_boxes(name: str, view: str) -> None:
    shown = drawn(name, view, "double")
    if view == "block" and shown.notes and name not in GRIDS:
        assert shown.shapes == drawn(name, "stage", "double").shapes
    else:
        assert drawn_edges(shown) == plan_edges(plan_of(name), shown)


@pytest.mark.thorough
def test_the_law_holds_of_generated_networks() -> None:
    broken, kept = [], 0
    for name, plan in generated():
        for view in ("block", "stage", "grid"):
            try:
                shown = picture(plan, name="x", view=view, width="double")
            except UnetgenError:
                continue
            kept += 1
            if drawn_edges(shown) != plan_edges(plan, shown) or not _says_activations(plan, shown):
                broken.append((view, name))
    assert kept >= 2 * GENERATED
    assert not broken


@pytest.mark.parametrize("name", ["tasks", "task", "nnunet", "quickstart2d", "plus_plus_task"])
def test_every_activation_of_a_head_is_in_the_legend(name: str) -> None:
    assert _says_activations(plan_of(name), drawn(name, "stage", "double"))


def _says_activations(plan: Plan, shown: Picture) -> bool:
    legend = " ".join(s.text for s in shown.shapes if isinstance(s, Text) and s.role == "legend")
    names = {
        node.op.name for node in plan.nodes if node.place.side == "head" and isinstance(node.op, Activation)
    }
    return all(name.replace("_", " ") in legend.lower() or name == "relu" for name in names)


def test_a_way_down_from_within_a_block_has_the_stage_view() -> None:
    overrides = ("input.shape=[64,64]", "encoder=keras_resnet50v2", "depth=4", "base_filters=null")
    plan = unetgen.plan(unetgen.load("quickstart2d", [*overrides, "decoder.filters=[4,8,8]", "up=nearest"]))
    shown = picture(plan, name="x", view="block", width=3000)
    assert "no way to draw ways down from within a block" in shown.notes[0]
    assert drawn_edges(shown) == plan_edges(plan, shown)


@pytest.mark.parametrize(
    ("overrides", "message", "advice"),
    [
        (
            ("stem={strides: 2}", "topology=unet_plus_plus", "tasks=[{name: edges, num_classes: 1}]"),
            "two heads behind a stem with strides",
            "tasks=[]",
        ),
        (
            ("skip={kind: concat, take: before_block}",),
            "a skip that begins before a level's block",
            "skip.take=before_last_conv",
        ),
        (
            ("skip={kind: attention, gating: bottom}",),
            "attention gates whose signal passes levels",
            "skip.gating=up",
        ),
    ],
)
def test_what_no_view_can_show_is_refused_with_advice(
    overrides: tuple[str, ...], message: str, advice: str
) -> None:
    small = ("input.shape=[64,64]", "depth=3", *overrides)
    with pytest.raises(UnetgenError, match=message):
        picture(unetgen.plan(unetgen.load("quickstart2d", small)), name="x")
    plan = unetgen.plan(unetgen.load("quickstart2d", [*small, advice]))
    shown = picture(plan, name="x", width="double")
    assert drawn_edges(shown) == plan_edges(plan, shown)


def test_an_arrow_that_is_left_out_is_missed() -> None:
    shown = drawn("unet3d_depth2", "block", "double")
    without = replace(shown, shapes=tuple(s for s in shown.shapes if s.role != "down"))
    assert drawn_edges(without) != plan_edges(plan_of("unet3d_depth2"), without)


@pytest.mark.parametrize(
    ("override", "advice", "view"),
    [
        ("head.residual=input", "use the grid view", "grid"),
        ("input.shape=[null,null]", "say the sizes", None),
    ],
)
def test_an_input_that_no_arrow_can_leave_twice_is_refused(override: str, advice: str, view: Any) -> None:
    overrides = ("input.channels=2", "up=nearest", "encoder=resnet18", "resize=resize_to_skip", "depth=3")
    config = unetgen.load(
        "quickstart2d",
        ["input.shape=[64,64]", *overrides, "base_filters=null", "decoder.filters=[4,8]", override],
    )
    plan = unetgen.plan(config)
    for rows in ("block", "stage"):
        with pytest.raises(UnetgenError, match=advice):
            picture(plan, name="x", view=rows, width="double")
    if view is not None:
        shown = picture(plan, name="x", view=view, width="double")
        assert drawn_edges(shown) == plan_edges(plan, shown)
