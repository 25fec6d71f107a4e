"""TensorFlow has no 3D pooling in float64 on a CPU: here it is pooling of two axes, and then of the third."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import keras
import pytest
from keras import ops


def _in_two_steps(single: Callable[..., Any], pool: Callable[..., Any]) -> Callable[..., Any]:
    """The pooling of `single`, a layer's call, by `pool` in 2D where that has no kernel."""

    def call(layer: Any, x: Any) -> Any:
        if keras.backend.standardize_dtype(x.dtype) != "float64":
            return single(layer, x)
        depth, height, width, channels = x.shape[1:]
        (first, *size), (step, *steps) = layer.pool_size, layer.strides
        x = ops.reshape(x, (-1, height, width, channels))
        x = pool(x, tuple(size), tuple(steps), layer.padding, "channels_last")
        height, width = x.shape[1:3]
        x = ops.reshape(x, (-1, depth, height * width, channels))
        x = pool(x, (first, 1), (step, 1), layer.padding, "channels_last")
        return ops.reshape(x, (-1, x.shape[1], height, width, channels))

    return call


@pytest.fixture(autouse=True, scope="session")
def pooling_in_float64() -> Iterator[None]:
    pools = {keras.layers.MaxPooling3D: ops.max_pool, keras.layers.AveragePooling3D: ops.average_pool}
    with ExitStack() as stack:
        for layer, pool in pools.items():
            stack.enter_context(patch.object(layer, "call", _in_two_steps(layer.call, pool)))
        yield
