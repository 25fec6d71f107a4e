"""Normalizations: `norm`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.norms.normalization import Normalization

if TYPE_CHECKING:
    from unetgen.parts.norms.batch import BatchNorm
    from unetgen.parts.norms.group import GroupNorm
    from unetgen.parts.norms.instance import InstanceNorm
    from unetgen.parts.norms.layer import LayerNorm
    from unetgen.parts.norms.none import NoNorm

    AnyNorm: TypeAlias = NoNorm | BatchNorm | InstanceNorm | GroupNorm | LayerNorm
else:
    AnyNorm = Normalization  # each kind is imported when a config names it

NORMS: Homes[Normalization] = Homes(
    __name__,
    {
        "none": "none.NoNorm",
        "batch": "batch.BatchNorm",
        "instance": "instance.InstanceNorm",
        "group": "group.GroupNorm",
        "layer": "layer.LayerNorm",
    },
)
NormField = Annotated[AnyNorm, Kinds("norm", NORMS, base=Normalization)]

__all__ = ["NORMS", "AnyNorm", "NormField"]
