"""Which layer of a Keras file is which of an encoder's: by name, by number, or by their order.

Keras itself loads by order alone. Here that is the last resort, for files with the names of other versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.weights.keras_file import FileLayer
from unetgen.weights.keras_layouts import KerasLayer
from unetgen.weights.transplant import Tensors

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, of values from 0 to 1; the networks are trained on images that are normalized so."""
AUTOMATIC = {"layer_normalization": ("layer_normalization_", "_head_layernorm")}
"""Layers without a name of their own: how those that Keras numbers begin, and how the name of what stands
there ends in a network with a classifier."""


@dataclass(frozen=True)
class Matched:
    """The arrays of a file by the names of an encoder's layers, and the layers that are not the encoder's."""

    tensors: Tensors
    left_out: tuple[str, ...]


def matched(layers: Sequence[FileLayer], wanted: Sequence[KerasLayer]) -> Matched:
    """The arrays of `layers` as `wanted` calls them.

    A layer of the file that is none of the encoder's keeps its name; one behind all of the encoder's is left
    out, as a classifier or a decoder. Raises `UnetgenError` where a normalization in front of the network is
    of other images.
    """
    normalizations = [layer for layer in layers if _is_normalization(layer)]
    rest = [layer for layer in layers if not _is_normalization(layer)]
    for layer in normalizations:
        _require_usual(layer)
    found = _found(rest, wanted)
    used = {id(layer) for layer in found.values()}
    ends = max((number for number, layer in enumerate(rest) if id(layer) in used), default=len(rest))
    # Files that number their layers do not say which one is behind another.
    is_numbered = not any(layer.name for layer in rest)
    others = [(number, layer) for number, layer in enumerate(rest) if id(layer) not in used]
    behind = [layer for number, layer in others if number > ends or (is_numbered and used)]
    tensors = {
        f"{name}.{label}": array
        for name, label, array in _labelled(found, wanted, [each for _, each in others if each not in behind])
    }
    return Matched(tensors, tuple(layer.label for layer in (*normalizations, *behind)))


def _labelled(
    found: Mapping[str, FileLayer], wanted: Sequence[KerasLayer], others: Sequence[FileLayer]
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Each array with its layer's name and its own."""
    for layer in wanted:
        if layer.name in found:
            for number, array in enumerate(found[layer.name].arrays):
                label = layer.weights[number] if number < len(layer.weights) else str(number)
                yield layer.name, label, array
    for other in others:
        for number, array in enumerate(other.arrays):
            yield other.label, str(number), array


def _found(layers: Sequence[FileLayer], wanted: Sequence[KerasLayer]) -> dict[str, FileLayer]:
    """The layer of the file for each name that is wanted and there."""
    first = wanted[0]
    by_name = {layer.name: layer for layer in layers if layer.name}
    if first.name in by_name:
        pairs = ((each.name, _by_name(by_name, each.name)) for each in wanted)
        return {name: layer for name, layer in pairs if layer is not None}
    by_place = {layer.place: layer for layer in layers if layer.place}
    before = sorted((p.removesuffix(first.place) for p in by_place if p.endswith(first.place)), key=len)
    if before:
        return {w.name: by_place[before[0] + w.place] for w in wanted if before[0] + w.place in by_place}
    ordered = list(dropwhile(_has_no_kernel, layers))[: len(wanted)]
    if [len(layer.arrays) for layer in ordered] == [len(each.weights) for each in wanted]:
        return {each.name: layer for each, layer in zip(wanted, ordered, strict=True)}
    return {}


def _by_name(layers: Mapping[str, FileLayer], name: str) -> FileLayer | None:
    if name in layers or name not in AUTOMATIC:
        return layers.get(name)
    start, end = AUTOMATIC[name]
    return next((layers[each] for each in layers if each.startswith(start) or each.endswith(end)), None)


def _has_no_kernel(layer: FileLayer) -> bool:
    return all(array.ndim < 2 for array in layer.arrays)


def _is_normalization(layer: FileLayer) -> bool:
    """Whether these are a mean, a variance and a count of images, as Keras's `Normalization` has them."""
    return [array.ndim for array in layer.arrays] == [1, 1, 0]


def _require_usual(layer: FileLayer) -> None:
    """Raise `UnetgenError` where a normalization is neither ImageNet's nor none: the encoder has none."""
    mean, variance, _ = (np.asarray(array, np.float64) for array in layer.arrays)
    if np.all(mean == 0) and np.all(variance == 1):
        return
    # keras.applications keeps the deviation in place of the variance, and divides by its root once more.
    for usual in (DEVIATION, np.square(DEVIATION)):
        if (
            len(mean) == len(MEAN)
            and np.allclose(mean, MEAN, atol=1e-3)
            and np.allclose(variance, usual, 1e-2)
        ):
            return
    raise UnetgenError(
        f"{layer.label} normalizes images with a mean of {_list(mean)} and a variance of {_list(variance)}, "
        "which an encoder does not; save the model behind it, and normalize the images so"
    )


def _list(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
