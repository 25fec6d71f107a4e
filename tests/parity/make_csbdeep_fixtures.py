"""Writes tests/parity/fixtures/csbdeep_*.npz: small networks of CARE and StarDist, as make_keras_fixtures.py.

Run by hand, in an environment with TensorFlow and the originals, from the root of the repository:

    pip install tensorflow==2.21.0 keras==3.15.1 tf_keras scikit-image numba imageio
    pip install --no-deps csbdeep==0.8.2 stardist==0.9.2
    python -m tests.parity.make_csbdeep_fixtures [NAME ...]

(those are the versions that wrote the files that are there).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import keras
import numpy as np
from csbdeep.internals.nets import common_unet
from stardist.models import Config2D, Config3D, StarDist2D, StarDist3D

from tests.parity.keras_originals import randomized
from tests.parity.originals import write


def _stardist(kind: type, **options: object) -> keras.Model:
    config = {StarDist2D: Config2D, StarDist3D: Config3D}[kind](**options)
    return kind(config, name=None, basedir=None).keras_model


NETWORKS: dict[str, tuple[Callable[[], keras.Model], tuple[int, ...]]] = {
    "csbdeep_care": (
        lambda: common_unet(2, 2, 5, n_first=4, n_channel_out=2, residual=True)((None, None, 2)),
        (12, 16, 2),
    ),
    "csbdeep_care_3d": (
        lambda: common_unet(3, 2, 3, n_first=3, n_channel_out=1, residual=False, last_activation="relu")(
            (None, None, None, 2)
        ),
        (8, 4, 12, 2),
    ),
    "csbdeep_stardist": (
        lambda: _stardist(
            StarDist2D,
            n_rays=5,
            grid=(1, 1),
            n_channel_in=2,
            unet_n_depth=2,
            unet_n_filter_base=4,
            net_conv_after_unet=6,
        ),
        (16, 12, 2),
    ),
}
"""Each network, and the shape of its input."""


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or NETWORKS:
        keras.utils.clear_session()
        generator = np.random.default_rng(sum(map(ord, name)))
        make, shape = NETWORKS[name]
        network = make()
        tensors = randomized(network, generator)
        x = generator.standard_normal(shape).astype(np.float16)
        given = network(x.astype(np.float32)[None], training=False)
        outputs = given if isinstance(given, list | tuple) else [given]
        write(name, tensors, np.moveaxis(x, -1, 0), [np.moveaxis(np.asarray(y)[0], -1, 0) for y in outputs])


if __name__ == "__main__":
    main(sys.argv[1:])
