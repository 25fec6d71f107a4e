"""The fusion attention is what its paper's figure says, computed by NumPy here."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.networks import Network, plan, sigmoid
from unetgen.plan.ops import Concat

AT = "decoder_level0_skip"


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("spatial", [(16,), (8, 12), (4, 8, 4)], ids=str)
def test_the_upsampled_tensor_is_weighed_by_the_sum_of_two_gates(
    spatial: tuple[int, ...], data_format: str
) -> None:
    net = Network(spatial, data_format, skip={"kind": "fusion_attention", "ratio": 2}, up="transposed")
    skip, up, joined = net.outputs("encoder_level0_conv1_activation", "decoder_level0_up", AT)
    factor = np.zeros(4)
    for number, x in ((1, up), (2, skip)):
        gate = f"{AT}_squeeze_excitation{number}"
        squeeze, b1 = net.weights(f"{gate}_squeeze")
        excite, b2 = net.weights(f"{gate}_excite")
        assert squeeze.shape[-1] == 2
        pooled = x.reshape(len(x), -1, 4).mean(axis=1)
        inner = np.maximum(pooled @ squeeze.reshape(4, 2) + b1, 0)
        factor = factor + sigmoid(inner @ excite.reshape(2, 4) + b2)
    weighed = up * factor.reshape(len(up), *(1,) * len(spatial), 4)
    np.testing.assert_allclose(joined, np.concatenate([weighed, skip], axis=-1), rtol=1e-4, atol=1e-4)


def test_the_skip_may_come_first_and_other_channels_are_projected() -> None:
    made = plan((8, 8), up="nearest", skip={"kind": "fusion_attention", "order": "skip_first"}).by_name
    assert made[AT].inputs == ("encoder_level0_conv1_activation", f"{AT}_weighed")
    assert type(made[AT].op) is Concat
    assert made[f"{AT}_weighed"].inputs == (f"{AT}_projection", f"{AT}_gate")
    assert made[f"{AT}_projection"].spec.channels == 4
