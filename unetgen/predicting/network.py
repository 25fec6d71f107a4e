"""A Keras model as predicting sees it: what sizes it takes, what it gives of them, channels last.

All of it is read from the model, so that a model without a config predicts the same as with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Values
from unetgen.legal_sizes import LegalSizes
from unetgen.predicting.tiling import Scores

if TYPE_CHECKING:
    import keras

Size = tuple[int, ...]
_STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, eq=False)
class ImageNetwork:
    """One model. Its axes are those of the image: a 2D network that takes slices has a third of size 1."""

    model: keras.Model
    data_format: str
    slices: int | None = None
    """The axis of the image along which it takes slices."""

    @classmethod
    def of(cls, model: keras.Model, data_format: str | None = None) -> ImageNetwork:
        """The network of `model`, whose data format is found by its layers where it is not said.

        Raises `UnetgenError` where it has several inputs, or something else than 1 to 3 spatial axes.
        """
        if len(model.inputs) != 1:
            raise UnetgenError(f"{model.name}: has {len(model.inputs)} inputs; one image can be given to it")
        if not 3 <= len(model.input_shape) <= 5:
            raise UnetgenError(
                f"{model.name}: takes {model.input_shape}; expected a batch axis, 1 to 3 spatial axes and "
                "channels"
            )
        return cls(model, data_format or data_format_of(model))

    def of_slices(self, axis: int) -> ImageNetwork:
        """The same, for images of one axis more, which it takes slice by slice along `axis`."""
        return replace(self, slices=axis)

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.model.name)

    @cached_property
    def sizes(self) -> tuple[int | None, ...]:
        """Of the input on each axis; None for a free one."""
        spatial = [*self.model.input_shape[1:]]
        del spatial[0 if self._is_channels_first else -1]
        if self.slices is not None:
            spatial.insert(self.slices, 1)
        return tuple(spatial)

    @property
    def dims(self) -> int:
        """How many spatial axes an image has."""
        return len(self.sizes)

    @property
    def channels(self) -> int:
        """Of the image."""
        return int(self.model.input_shape[1 if self._is_channels_first else -1])

    @property
    def batch_size(self) -> int | None:
        """The only one that it takes; None for any."""
        size = self.model.input_shape[0]
        return None if size is None else int(size)

    @cached_property
    def classes(self) -> int:
        """The channels of the first output, which is the main one."""
        shape = self.model.outputs[0].shape
        return int(shape[1 if self._is_channels_first else -1])

    @cached_property
    def legal_sizes(self) -> tuple[LegalSizes | None, ...]:
        """What each free axis can have; None for an axis that is not free."""
        said = [*getattr(self.model, "legal_sizes", ())]
        if said:
            del said[0 if self._is_channels_first else -1]
            if self.slices is not None:
                said.insert(self.slices, None)
            return tuple(said)
        if None not in self.sizes:
            return (None,) * self.dims
        step = self._step()
        return tuple(LegalSizes(step, step) if size is None else None for size in self.sizes)

    def output_size(self, tile: Sequence[int]) -> Size:
        """The size of the first output for an input of this one; `UnetgenError` where it does not fit."""
        shape = [1, *tile]
        if self.slices is not None:
            del shape[1 + self.slices]
        shape.insert(1 if self._is_channels_first else len(shape), self.channels)
        try:
            found = self.model.compute_output_shape(tuple(shape))
        except ValueError:
            size = " x ".join(map(str, tile))
            raise UnetgenError(f"{self.name}: does not fit an input of {size} positions") from None
        if isinstance(found, dict):
            found = next(iter(found.values()))
        elif isinstance(found, list):
            found = found[0]
        spatial = [*found[1:]]
        del spatial[0 if self._is_channels_first else -1]
        if self.slices is not None:
            spatial.insert(self.slices, 1)
        return tuple(spatial)

    def empty_batch(self, count: int, tile: Sequence[int]) -> Scores:
        """Room for a batch ``(count, *tile, channels)``, in memory as the model has its axes."""
        if self._is_channels_first:
            return np.moveaxis(np.empty((count, self.channels, *tile), "float32"), 1, -1)
        return np.empty((count, *tile, self.channels), "float32")

    def __call__(self, batch: Values) -> Scores:
        """The first output ``(batch, *output size, classes)`` for a batch ``(batch, *tile, channels)``."""
        outputs = self.model.predict_on_batch(self._native(batch))
        if isinstance(outputs, dict):
            outputs = next(iter(outputs.values()))
        elif isinstance(outputs, list | tuple):
            outputs = outputs[0]
        scores = np.asarray(outputs, "float32")
        if self._is_channels_first:
            scores = np.moveaxis(scores, 1, -1)
        return scores if self.slices is None else np.expand_dims(scores, 1 + self.slices)

    def _native(self, batch: Values) -> Values:
        """The batch with the axes of the model."""
        if self.slices is not None:
            batch = batch.squeeze(1 + self.slices)
        if self._is_channels_first:
            batch = np.moveaxis(batch, -1, 1)
        return np.ascontiguousarray(batch)

    @property
    def gives_raw_scores(self) -> bool:
        """Whether the head has no activation: 0 stands for a probability of one half then."""
        layers = list(self.model.layers)
        while layers and not _makes(layers[-1], self.model.outputs[0]):
            layers.pop()
        for layer in reversed(layers):
            if type(layer).__name__ == "Softmax":
                return False
            if (activation := getattr(layer, "activation", None)) is not None:
                return str(getattr(activation, "__name__", activation)) == "linear"
        return False

    @property
    def _is_channels_first(self) -> bool:
        return self.data_format == "channels_first"

    def _step(self) -> int:
        """What sizes have to be multiples of, found by trying powers of 2: others' models do not say it."""
        for step in _STEPS:
            batch = self.empty_batch(1, [size or 3 * step for size in self.sizes])
            batch[...] = 0
            with suppress(Exception):  # each backend has its own for tensors that do not fit together
                self.model(self._native(batch), training=False)
                return step
        raise UnetgenError(f"{self.name}: no input of up to {3 * _STEPS[-1]} positions an axis fits it")


def data_format_of(model: keras.Model) -> str:
    """Where the channels of a model's input are, by its first layer that says it.

    A layer that permutes the input stands before those that compute in the other format.
    """
    is_permuted = False
    for layer in model.layers:
        if type(layer).__name__ == "Permute":
            is_permuted = True
        elif (data_format := getattr(layer, "data_format", None)) is not None:
            is_first = (data_format == "channels_first") is not is_permuted
            return "channels_first" if is_first else "channels_last"
    return "channels_last"


def _makes(layer: keras.Layer, tensor: object) -> bool:
    """Whether `layer`, called once, gives this symbolic tensor."""
    try:
        return bool(layer.output is tensor)
    except (AttributeError, ValueError):  # called several times, or not at all
        return False
