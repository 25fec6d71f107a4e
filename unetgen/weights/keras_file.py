"""The layers in a file that Keras wrote, with their weights: data alone, nothing is made of it.

Keras has written three layouts. An ``.h5`` of weights names its layers in the attribute ``layer_names``, a
whole model's has that in the group ``model_weights``. A ``.weights.h5`` numbers them for each class, in the
order of the model and without their names, as the groups ``layers/conv2d``, ``layers/conv2d_1``. A ``.keras``
archive holds such a file and, as JSON, the names. See keras.saving in Keras's documentation.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unetgen.archives import read_member, require_sound_archive
from unetgen.errors import UnetgenError, shown
from unetgen.reading import parsed_json, require_regular
from unetgen.weights.hdf5 import numbers, opened, texts
from unetgen.weights.transplant import Array

if TYPE_CHECKING:
    import h5py

WEIGHTS = "model.weights.h5"
MAX_TEXT_BYTES = 8 * 2**20
MAX_DEPTH = 16
"""Models within each other."""


@dataclass(frozen=True)
class FileLayer:
    """A layer's arrays in Keras's order, its name, and where it is in a file that numbers its layers.

    A name is empty where the file has none, and a place where it numbers nothing.
    """

    name: str
    place: str
    arrays: tuple[Array, ...]

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or self.place


def read_keras(file: Path) -> list[FileLayer]:
    """The layers in `file` that have weights, in the model's order where the file says that.

    Raises `UnetgenError` where it is damaged, claims more than it has, refers to other files, or is none of
    Keras's.
    """
    require_sound_archive(file)
    if not zipfile.is_zipfile(file):
        require_regular(file)
        with file.open("rb") as stream, opened(stream, str(file)) as held:
            return list(_layers(held))
    with zipfile.ZipFile(file) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    content = read_member(file, WEIGHTS, sizes.get(WEIGHTS, 0))
    if content is None:
        raise UnetgenError(f"{file}: is an archive, and not one of Keras's: it has no {WEIGHTS}")
    with opened(BytesIO(content), f"{file}: {WEIGHTS}") as held:
        layers = list(_layers(held))
    text = read_member(file, "config.json", MAX_TEXT_BYTES)
    if text is None:
        return layers
    names = dict(_places(parsed_json(text, f"{file}: config.json")))
    order = {place: number for number, place in enumerate(names)}
    layers.sort(key=lambda layer: order.get(layer.place, len(order)))
    return [replace(layer, name=names.get(layer.place, "")) for layer in layers]


def place_of(within: str, kind: str, number: int) -> str:
    """Where the layer of this number among those of its class is.

    >>> place_of("layers/sequential", "conv2d", 0), place_of("", "dense", 2)
    ('layers/sequential/layers/conv2d', 'layers/dense_2')
    """
    own = f"{kind}_{number}" if number else kind
    return f"{within}/layers/{own}" if within else f"layers/{own}"


def _layers(held: h5py.File) -> Iterator[FileLayer]:
    root = held.get("model_weights", held)
    names = texts(root, "layer_names")
    if names is not None:
        for name in names:
            yield from _named(root, name)
    elif "layers" in held:
        yield from _numbered(held["layers"], "layers")
    else:
        raise UnetgenError("is an HDF5 file, and none of Keras's: it has neither layer_names nor layers")


def _named(root: h5py.Group, name: str) -> Iterator[FileLayer]:
    """The layer of a group; or the layers of the model that it is, one after the other."""
    if name not in root:
        raise UnetgenError(f"has no group {shown(name)}, which its layer_names name")
    group = root[name]
    weights = texts(group, "weight_names") or []
    if missing := [weight for weight in weights if weight not in group]:
        raise UnetgenError(f"has no array {shown(missing[0])}, which is named in {shown(name)}")
    owners = [weight.rpartition("/")[0] for weight in weights]
    inner = dict.fromkeys(owners)
    for owner in inner:
        arrays = tuple(numbers(group[w]) for w, of in zip(weights, owners, strict=True) if of == owner)
        yield FileLayer(name if len(inner) == 1 else owner.rpartition("/")[2], "", arrays)


def _numbered(group: h5py.Group, place: str, depth: int = 0) -> Iterator[FileLayer]:
    if depth > MAX_DEPTH:
        raise UnetgenError(f"has models within each other more than {MAX_DEPTH} deep")
    for name in sorted(group, key=_class_and_number):
        inner, own = group[name], f"{place}/{name}"
        arrays = [inner["vars"][key] for key in sorted(inner.get("vars", ()), key=_class_and_number)]
        if arrays:
            yield FileLayer("", own, tuple(map(numbers, arrays)))
        if "layers" in inner:
            yield from _numbered(inner["layers"], f"{own}/layers", depth + 1)


def _class_and_number(name: str) -> tuple[str, int]:
    """What groups are sorted by.

    >>> _class_and_number("conv2d_11"), _class_and_number("conv2d"), _class_and_number("3")
    (('conv2d', 11), ('conv2d', 0), ('', 3))
    """
    found = re.fullmatch(r"(.*?)_?(\d{1,9})?", name)
    return (name, 0) if found is None else (found[1], int(found[2] or 0))


def _places(model: object, within: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Where each layer of a model's configuration is in its weights, and its name."""
    counts: Counter[str] = Counter()
    for layer in _inner(model) if depth <= MAX_DEPTH else ():
        kind = _snake(str(layer.get("class_name", "")))
        place = place_of(within, kind, counts[kind])
        counts[kind] += 1
        config = layer.get("config")
        name = layer.get("name") or (config.get("name") if isinstance(config, Mapping) else None)
        yield place, name if isinstance(name, str) else ""
        yield from _places(layer, place, depth + 1)


def _inner(model: object) -> Iterable[Mapping[str, Any]]:
    """The configurations of the layers in that of a model; nothing in another layer's."""
    config = model.get("config") if isinstance(model, Mapping) else None
    layers = config.get("layers") if isinstance(config, Mapping) else None
    return [each for each in layers if isinstance(each, Mapping)] if isinstance(layers, list) else []


def _snake(name: str) -> str:
    """A class's name as Keras's files have it.

    >>> _snake("BatchNormalization"), _snake("DepthwiseConv2D")
    ('batch_normalization', 'depthwise_conv2d')
    """
    parts = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parts).lower()
