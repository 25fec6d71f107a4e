"""The definitions of the JSON Schema: what stands under ``$defs``, and under which name.

An editor shows these names where a value has the wrong type, so that they are words of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unetgen.config.schema.family_schema import definition_of
from unetgen.config.sections import InputSpec, Order, ResizePolicy, Shape
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.dropout import DropoutRates
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.heads.hidden import HiddenConvs, Widths
from unetgen.parts.keras_names import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, REGULARIZERS, SCHEDULES
from unetgen.parts.norms import NORMS
from unetgen.parts.part import Part, kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.training import LOSSES, METRICS, Training
from unetgen.parts.ups import UPS
from unetgen.parts.ups.up import FilterPolicy, UpConv
from unetgen.parts.values import (
    Counts,
    Filters,
    LevelCounts,
    LevelFlags,
    Multiples,
    OptionalPerConv,
    PerAxis,
    PerConv,
    Rates,
    Spatial,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

UNIONS: Mapping[str, Sequence[type[Part]]] = {
    "block": BLOCKS,
    "bottleneck": BOTTLENECKS,
    "encoder": ENCODERS,
    "down": DOWNS,
    "up": UPS,
    "skip": SKIPS,
    "norm": NORMS,
    "topology": TOPOLOGIES,
}
"""The unions of kinds, by the name of their definition."""

VALUES: Mapping[str, tuple[Any, str]] = {
    "shape": (Shape, "a list of 1 to 3 positive whole numbers"),
    "spatial": (
        Spatial,
        "a positive whole number, a list of one per axis, or a list of such lists, one per level",
    ),
    "per_axis": (PerAxis, "a positive whole number, a list of one per axis, or null"),
    "filters": (
        Filters,
        "a list with one entry per level (a positive whole number, or a list of one per convolution) or null",
    ),
    "multiples": (Multiples, "a list of positive numbers, one per convolution of a block, or null"),
    "rates": (Rates, "a number from 0 to less than 1, or a list of one per level"),
    "counts": (Counts, "a positive whole number, a list of one per level, or null"),
    "level_counts": (LevelCounts, "a positive whole number, or a list of one per level"),
    "level_flags": (LevelFlags, "true or false, or a list of one per level"),
    "per_conv": (
        PerConv,
        "a positive whole number, a list of such, or a list of such lists, one per level",
    ),
    "optional_per_conv": (
        OptionalPerConv,
        "a positive whole number, a list of such, a list of such lists, one per level, or null",
    ),
    "widths": (Widths, "a positive whole number, `classes`, or a list of those, one per convolution"),
    "order": (Order, "a list of `conv` and any of `norm`, `activation` and `dropout`, each once"),
    "filter_policy": (FilterPolicy, "`keep`, `half`, `skip` or a positive whole number"),
}  # fmt: skip
"""The values with a definition of their own, and what they are in words."""

_FAMILIES = frozenset(map(definition_of, (ACTIVATIONS, INITIALIZERS, OPTIMIZERS, REGULARIZERS, SCHEDULES)))
_KINDS: Mapping[str, Sequence[type[Part]]] = {
    **UNIONS,
    "loss": tuple(LOSSES.values()),
    "metric": tuple(METRICS.values()),
}
_NAMES: Mapping[str, str] = {
    **{model.__name__: f"{kind_of(model)}_{noun}" for noun, models in _KINDS.items() for model in models},
    InputSpec.__name__: "input",
    ResizePolicy.__name__: "resize",
    DropoutRates.__name__: "dropout",
    Training.__name__: "compile",
    HiddenConvs.__name__: "hidden",
    UpConv.__name__: "conv",
    "LossField": "loss",
    "MetricField": "metric",
}


def definition_name(model: type[BaseModel]) -> str:
    """The name of the definition of `model`: ``concat_skip``, ``input``, ``deep_supervision``."""
    return name_of_class(model.__name__)


def name_of_class(name: str) -> str:
    """`definition_name` of the model, or of the alias of a union, that has this name in the code."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return _NAMES.get(name) or words.removesuffix("_config")


def is_open(name: str, definition: Mapping[str, Any]) -> bool:
    """Whether a definition stands for a whole value, so that a reference is admitted in it and not in each
    use: a union of kinds, a table of Keras's names or one of their options, a value."""
    return "anyOf" in definition or name in VALUES or name.partition("_")[0] in _FAMILIES
