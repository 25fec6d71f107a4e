"""Code that must fail the type checker: each line with a mark, for the reason in the mark, and no other."""

from __future__ import annotations

from unetgen.config.model import UNetConfig
from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.per_level import entries
from unetgen.parts.ups.nearest import NearestUp
from unetgen.plan.graph import Plan


def fields_that_no_kind_has(config: UNetConfig) -> tuple[object, ...]:
    return (
        config.skip.nonsense,  # E: union-attr
        config.block.convz,  # E: union-attr
        config.topology.lowr(1),  # E: union-attr
        config.norm.epsilonn,  # E: union-attr
        config.up.fliters,  # E: union-attr
        config.down.sizes,  # E: union-attr
        config.bottleneck.rate,  # E: union-attr
        config.head.kernels,  # E: attr-defined
        config.compile.optimiser,  # E: attr-defined
    )


def field_of_some_kinds(config: UNetConfig) -> object:
    return config.down.window  # E: union-attr


def field_of_another_kind(config: UNetConfig) -> object:
    if config.bottleneck.kind == "aspp":
        return config.bottleneck.heads  # E: attr-defined
    return None


def a_list_has_no_kind(config: UNetConfig) -> tuple[object, ...]:
    return (
        config.up.kind,  # E: union-attr
        [skip.nonsense for skip in entries(config.skip)],  # E: union-attr
    )


def a_place_has_no_such_field(plan: Plan) -> object:
    return plan.nodes[0].place.lvl  # E: attr-defined


def parts_are_frozen(config: UNetConfig) -> None:
    config.depth = 3  # E: misc
    config.up = NearestUp()  # E: misc


def values_have_their_types() -> NearestUp:
    return NearestUp(filters="most")  # E: arg-type


class Unfinished(Bottleneck):
    """It does not say how it is lowered."""


def a_part_without_its_method() -> Bottleneck:
    return Unfinished()  # E: abstract
