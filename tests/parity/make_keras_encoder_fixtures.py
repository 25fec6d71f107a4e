"""Writes those of tests/parity/encoders/*.npz whose originals are in Keras.

Run by hand, where TensorFlow and the originals are installed, from the root of the repository:

    pip install tensorflow==2.21.0 keras==3.15.1 scikit-image
    pip install --no-deps segmentation-models==1.0.1 image-classifiers==1.0.0 efficientnet==1.1.1
    pip install --no-deps Keras-Applications==1.0.8 keras-unet-collection==0.1.13
    SM_FRAMEWORK=tf.keras python -m tests.parity.make_keras_encoder_fixtures [NAME ...]

(those are the versions that wrote the files that are there). Tensors have PyTorch's names and shapes below
the names of their layers, so that they are drawn and read as in the other fixtures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import keras
import numpy as np
import segmentation_models  # type: ignore[import-not-found]
from keras_unet_collection import models

from tests.parity import drawn
from tests.parity.encoder_cases import CASES, Case
from tests.parity.keras_originals import PARAMETERS

LIBRARIES = ("segmentation_models", "keras_unet_collection")


def original(case: Case) -> keras.Model:
    """The network of this case."""
    if case.library == "keras_unet_collection":
        filters = [*case.decoder, case.decoder[-1]]
        return models.unet_2d(
            (*case.size, 3), filters, 1, backbone=case.original, weights=None, **case.arguments
        )
    return segmentation_models.Unet(
        case.original,
        input_shape=(*case.size, 3),
        encoder_weights=None,
        activation="linear",
        decoder_filters=case.decoder[::-1],
        **case.arguments,
    )


def fill(network: keras.Model) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Draw the weights of all layers; gives PyTorch's name and shape of each."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from fill(layer)
            continue
        values = []
        for weight in layer.weights:
            name = f"{layer.name}.{PARAMETERS[weight.name]}"
            axes = (-2, -1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (-1, -2)
            like = np.empty(weight.shape, np.bool_)
            shape = (np.moveaxis(like, axes, (0, 1)) if like.ndim > 1 else like).shape
            value = drawn.tensor(name, shape)
            values.append(np.moveaxis(value, (0, 1), axes) if value.ndim > 1 else value)
            yield name, shape
        layer.set_weights(values)


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of those libraries."""
    for name in names or [name for name, case in CASES.items() if case.library in LIBRARIES]:
        case = CASES[name]
        keras.utils.clear_session()
        network = original(case)
        text = np.frombuffer(json.dumps(dict(fill(network))).encode(), np.uint8)
        x = np.moveaxis(drawn.tensor("input", (1, 3, *case.size)), 1, -1)
        output = np.moveaxis(np.asarray(network(x, training=False)), -1, 1)
        np.savez_compressed(case.file, shapes=text, output=output)
        print(f"{case.file.name}: {case.file.stat().st_size / 1024:.1f} KiB")


if __name__ == "__main__":
    main(sys.argv[1:])
