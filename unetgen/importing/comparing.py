"""Does a Keras model with imported weights compute what the original computes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from unetgen.config.level_values import LevelValues
from unetgen.config.loader import from_dict
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.errors import ConfigError
from unetgen.model.building import assign
from unetgen.model.running import called, predicted, random_input
from unetgen.model.running import largest_difference as difference
from unetgen.weights.transplant import Array


def largest_difference(
    config: UNetConfig, layers: Mapping[str, Sequence[Array]], original: Callable[[Array], list[Array]]
) -> float:
    """The largest difference of the raw scores on one random input, relative to the largest score, of the
    model called and in `predict`.

    The input is as small as the network allows: the weights do not depend on its size.
    """
    from unetgen.emit.keras.construction import build
    from unetgen.emit.keras.table import Emission

    config = small(config)
    model = build(lower(config).plan, config.name, Emission("channels_last"))
    assign(model, layers)
    x = random_input(model)
    outputs = original(np.ascontiguousarray(np.moveaxis(x, -1, 1)))
    wanted = [np.moveaxis(each, 1, -1).astype(np.float64) for each in outputs]
    # DynUNet has its further outputs in training only.
    both = ([each for each, _ in zip(run(model, x), wanted, strict=False)] for run in (called, predicted))
    return float(np.max([difference(wanted, found) for found in both]))


def small(config: UNetConfig) -> UNetConfig:
    """The same network with raw scores as output, channels last, on a small input where it takes one."""
    data: dict[str, Any] = config.to_dict() | {"compile": {}}
    data["head"] = data["head"] | {"activation": "linear"}
    data["tasks"] = [task | {"activation": "linear"} for task in data["tasks"]]
    data["execution"] = {}
    shape = config.input.sizes
    strides = np.prod(np.array(LevelValues(config).step_factors), axis=0)
    least = [min(size, max(2 * int(stride), 8)) for size, stride in zip(shape, strides, strict=True)]
    for tried in (least, list(shape)):
        data["input"] = data["input"] | {"shape": tried, "reference": None, "data_format": "channels_last"}
        try:
            return from_dict(data)
        except ConfigError:
            if tried == list(shape):
                raise
    raise AssertionError("one of the two has returned or raised")
