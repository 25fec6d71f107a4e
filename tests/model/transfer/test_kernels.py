"""Kernels of another size, against PyTorch's numbers and the definition of linear interpolation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import unetgen
from tests.model.transfer.test_transferring import into, with_weights
from tests.parts.networks import config
from unetgen.errors import UnetgenError
from unetgen.model.transfer.kernels import resized

TORCH: dict[tuple[int, int], list[list[float]]] = {
    (3, 5): [[1, 0, 0], [0.6, 0.4, 0], [0, 1, 0], [0, 0.4, 0.6], [0, 0, 1]],
    (3, 2): [[0.75, 0.25, 0], [0, 0.25, 0.75]],
    (2, 4): [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]],
    (1, 3): [[1], [1], [1]],
    (5, 3): [[2 / 3, 1 / 3, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1 / 3, 2 / 3]],
}
"""What ``torch.nn.functional.interpolate(torch.eye(old)[None], size=new, mode="linear")`` gives (2.13)."""


@pytest.mark.parametrize(("old", "new"), TORCH)
def test_taps_are_weighed_as_pytorch_does(old: int, new: int) -> None:
    kernel = np.eye(old)[:, None]  # one filter for each old tap
    np.testing.assert_allclose(resized(kernel, (new,))[:, 0], TORCH[old, new], atol=1e-6)


@pytest.mark.parametrize(("old", "new"), [((3,), (5,)), ((3, 2), (2, 5)), ((3, 3, 3), (5, 7, 3))])
def test_a_tap_is_a_mean_of_the_old_ones_around_it(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    kernel = np.random.default_rng(0).normal(size=(*old, 2, 3))
    found = resized(kernel, new)
    for tap in np.ndindex(*new):
        ends = []
        for place, size, wanted in zip(tap, old, new, strict=True):
            middle = min(max((place + 0.5) * size / wanted - 0.5, 0), size - 1)
            first = int(middle)
            ends.append([(first, 1 - middle + first), (min(first + 1, size - 1), middle - first)])
        mean = sum(
            np.prod([share for _, share in corner]) * kernel[tuple(at for at, _ in corner)]
            for corner in product(*ends)
        )
        np.testing.assert_allclose(found[tap], mean, atol=1e-12)


NETWORK = {
    "block": {"kind": "convnext", "kernel": None, "norm": "instance", "expansion": 2},
    "down": "mednext",
    "up": "mednext",
    "skip": "add",
    "stem": 1,
}


@pytest.mark.parametrize("spatial", [(16,), (8, 12)])
def test_other_kernels_are_carried_where_that_is_asked_for(spatial: tuple[int, ...]) -> None:
    old = with_weights(config(spatial, kernel=3, **NETWORK))
    new, table = into(old, config(spatial, kernel=5, **NETWORK), kernels="linear")
    resizings = {row.layer for row in table.rows if row.why}
    assert table.new == table.left_behind == 0
    assert resizings and all("depthwise" in name for name in resizings)
    for layer in new.layers:
        for weight, before in zip(layer.get_weights(), old.get_layer(layer.name).get_weights(), strict=True):
            if weight.ndim > 1:
                before = resized(before, weight.shape[:-2])
            np.testing.assert_array_equal(weight, before)


def test_by_default_they_stay_as_initialized() -> None:
    old = with_weights(config((16,), kernel=3, **NETWORK))
    _, table = into(old, config((16,), kernel=5, **NETWORK))
    assert {row.why for row in table.rows if row.new} == {
        f"kernel is 5×1×{n}, in the source 3×1×{n}" for n in (4, 8)
    }


def test_they_are_resized_beside_other_channels_of_the_image() -> None:
    old = with_weights(config((16,), kernel=3))
    new, table = into(
        old, config((16,), kernel=5, input={"shape": [16], "channels": 4}), "zero", kernels="linear"
    )
    first = next(row for row in table.rows)
    assert first.why == "kernel of 3 resized to 5; zero of 2 channels for 4"
    kernel = new.get_layer(first.layer).get_weights()[0]
    np.testing.assert_array_equal(kernel[:, :2], resized(old.get_layer(first.layer).get_weights()[0], (5,)))
    assert not kernel[:, 2:].any()


def test_another_word_is_refused() -> None:
    with pytest.raises(UnetgenError, match="kernels: must be one of equal, linear"):
        unetgen.transfer(with_weights(config((16,))), config((16,)), kernels="cubic")  # type: ignore[arg-type]
