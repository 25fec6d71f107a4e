"""Small networks of a few fields, and what single layers of them give; oracles stand in the tests."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np

import unetgen
from unetgen.config.loader import from_dict
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan


def config(spatial: tuple[int, ...], **fields: Any) -> UNetConfig:
    """A network of two levels with one convolution each, unless `fields` say more."""
    base = {"input": {"shape": list(spatial), "channels": 2}, "depth": 2, "base_filters": 4, "num_classes": 2}
    return from_dict({**base, "block": {"kind": "plain", "convs": 1}, **fields})


def plan(spatial: tuple[int, ...], **fields: Any) -> Plan:
    return unetgen.plan(config(spatial, **fields))


class Network:
    """A built network with random weights, a random input, and every layer's output, channels last."""

    def __init__(self, spatial: tuple[int, ...], data_format: str = "channels_last", **fields: Any) -> None:
        said = {"shape": list(spatial), "channels": 2, "data_format": data_format}
        self.config = config(spatial, **{**fields, "input": said})
        self.plan = unetgen.plan(self.config)
        self.model = unetgen.build(self.config)
        self.rng = np.random.default_rng([*spatial])
        for layer in self.model.layers:
            layer.set_weights([self._random(weight) for weight in layer.weights])
        self._first = data_format == "channels_first"
        shape = self.plan.input.spec.shape(data_format)
        self.x = self.rng.normal(size=(2, *shape)).astype("float32")

    def _random(self, weight: Any) -> np.ndarray:
        values = self.rng.normal(size=weight.shape)
        return np.abs(values) + 0.5 if "variance" in weight.name else values

    def weights(self, name: str) -> list[np.ndarray]:
        """The weights of the layer `name`."""
        return list(self.model.get_layer(name).get_weights())

    def outputs(self, *names: str) -> list[np.ndarray]:
        """What the layers `names` give for `x`."""
        layers = [self.model.get_layer(name) for name in names]
        part = keras.Model(self.model.input, [layer.output for layer in layers])
        given = part(self.x, training=False)
        found = [np.asarray(value) for value in (given if isinstance(given, list) else [given])]
        return [np.moveaxis(value, 1, -1) if self._first else value for value in found]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


def resized(x: np.ndarray, spatial: tuple[int, ...]) -> np.ndarray:
    """Linear interpolation along one axis after the other, by ``np.interp``."""
    for axis, size in enumerate(spatial, start=1):
        n = x.shape[axis]
        at = (np.arange(size) + 0.5) * n / size - 0.5
        x = np.apply_along_axis(partial(np.interp, at, np.arange(n)), axis, x)
    return x
