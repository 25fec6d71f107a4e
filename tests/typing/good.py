"""Code that must pass the type checker: what users and the package itself do with a config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, assert_type

import unetgen
from unetgen.analysis.summary import Summary
from unetgen.config.model import UNetConfig
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.downs.down import Down
from unetgen.parts.per_level import entries, placed
from unetgen.parts.skips import AnySkip
from unetgen.parts.skips.add import AddSkip
from unetgen.parts.skips.skip import Skip
from unetgen.parts.training.overlap import Dice
from unetgen.parts.ups import AnyUp
from unetgen.parts.ups.transposed import TransposedUp
from unetgen.plan.ops import Norm


def narrowed_by_class(config: UNetConfig) -> int | tuple[int, ...] | None:
    block = config.block
    assert_type(block, AnyBlock | tuple[AnyBlock, ...])
    return block.convs if isinstance(block, PlainBlock) else None


def narrowed_by_kind(config: UNetConfig) -> bool | None:
    up = config.up
    if isinstance(up, tuple):
        assert_type(up, tuple[AnyUp, ...])
        return None
    assert_type(up, AnyUp)
    if up.kind == "transposed":
        assert_type(up, TransposedUp)
        return up.use_bias
    if up.kind == "pixel_shuffle":
        return up.icnr
    return None


def each_kind(config: UNetConfig) -> list[str]:
    return [of_kind(skip) for skip in entries(config.skip)]


def of_kind(skip: AnySkip) -> str:
    match skip.kind:
        case "concat" | "crop" | "fusion_attention" | "res_path":
            return skip.order
        case "add":
            return "sum"
        case "attention":
            return "gate"
        case "global_attention":
            return "weights"
        case "none":
            return "nothing"
        case other:
            assert_never(other)


def what_all_kinds_share(
    config: UNetConfig,
) -> tuple[str, list[int | tuple[int, ...] | None], list[Norm | None]]:
    norms = [norm.op() for _, norm in placed(("norm",), config.norm)]
    return config.topology.kind, [block.widths for block in entries(config.block)], norms


def bases_take_each_kind(config: UNetConfig) -> tuple[Sequence[Skip], Sequence[Down]]:
    return entries(config.skip), entries(config.down)


def losses(config: UNetConfig) -> list[bool]:
    given = config.compile.loss
    each = given if isinstance(given, tuple) else (given,)
    return [loss.squared for loss in each if isinstance(loss, Dice)]


def made_from_scratch() -> UNetConfig:
    config = unetgen.load("unet3d_depth2", overrides=["skip=add"])
    assert_type(config, UNetConfig)
    assert Dice().weight == 1.0
    return config.model_copy(update={"skip": AddSkip(projection="never")})


def given_in_python(size: tuple[int, int]) -> tuple[UNetConfig, UNetConfig, Summary]:
    in_mapping = unetgen.load({"input": {"shape": size}, "depth": 3, "base_filters": 8, "num_classes": 2})
    in_text = unetgen.load("depth: 3\nbase_filters: 8\n", ["num_classes=2"])
    return in_mapping, in_text, unetgen.summary(in_mapping, batch=2)
