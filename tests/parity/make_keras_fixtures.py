"""Writes tests/parity/fixtures/keras_*.npz: small originals in Keras, as make_fixtures.py has PyTorch's.

Run by hand, in an environment with TensorFlow and the originals, from the root of the repository:

    pip install tensorflow==2.21.0 keras==3.15.1 matplotlib
    pip install --no-deps keras-unet-collection==0.1.13 keras-unet==0.1.2
    python -m tests.parity.make_keras_fixtures [NAME ...]

(those are the versions that wrote the files that are there; keras-unet imports matplotlib, and distutils, so
Python 3.11 or setuptools). Tensors are kept as PyTorch has them, so that one function fills all fixtures'
models: named by layer and PyTorch's parameter, kernels (out, in, *k), transposed ones (in, out, *k).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import keras
import numpy as np
from keras_unet.models import custom_unet, custom_vnet, vanilla_unet
from keras_unet_collection import models

from tests.parity.keras_originals import randomized
from tests.parity.originals import Array, write

NETWORKS: dict[str, Callable[[], keras.Model]] = {
    "keras_unet_collection_unet_2d": lambda: models.unet_2d((12, 20, 3), [5, 6, 9], 2, name="net"),
    "keras_unet_collection_unet_2d_strided": lambda: models.unet_2d(
        *((16, 12, 1), [3, 5, 6], 2),
        stack_num_down=1,
        stack_num_up=2,
        activation="ELU",
        output_activation=None,
        batch_norm=True,
        pool=False,
        unpool=False,
        name="net",
    ),
    "keras_unet_collection_att_unet_2d": lambda: models.att_unet_2d(
        (12, 16, 1), [4, 6, 9], 2, output_activation=None, name="net"
    ),
    "keras_unet_collection_u2net_2d": lambda: models.u2net_2d(
        *((24, 16, 3), 2, [3, 4]),
        filter_mid_num_down=[2, 2],
        filter_4f_num=[5, 4],
        filter_4f_mid_num=[2, 3],
        output_activation=None,
        batch_norm=True,
        deep_supervision=True,
        name="net",
    ),
    "keras_unet_custom": lambda: custom_unet((12, 20, 3), filters=5, num_layers=2),
    "keras_unet_custom_3d": lambda: custom_vnet(
        (4, 12, 8, 1), num_classes=2, filters=3, num_layers=2, output_activation="linear"
    ),
    "keras_unet_vanilla": lambda: vanilla_unet(
        (44, 52, 1), num_classes=2, filters=3, num_layers=2, output_activation="linear"
    ),
}


def outputs_of(network: keras.Model, x: Array) -> list[Array]:
    """Its outputs, channels first, without the batch; u2net_2d has the fused one last, here it is first."""
    given = network(x.astype(np.float32)[None], training=False)
    given = list(given) if isinstance(given, list | tuple) else [given]
    return [np.moveaxis(np.asarray(each)[0], -1, 0) for each in (*given[-1:], *given[:-1])]


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or NETWORKS:
        keras.utils.clear_session()
        generator = np.random.default_rng(sum(map(ord, name)))
        network = NETWORKS[name]()
        tensors = randomized(network, generator)
        x = generator.standard_normal(network.input_shape[1:]).astype(np.float16)
        write(name, tensors, np.moveaxis(x, -1, 0), outputs_of(network, x))


if __name__ == "__main__":
    main(sys.argv[1:])
