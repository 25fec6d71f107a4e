"""What stands behind the bottom: pyramids of dilated convolutions, and attention of all positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import Add, Conv, Norm, SelfAttention

AT = "encoder_level1_bottleneck"


def dilated(x: np.ndarray, kernel: np.ndarray, rate: int) -> np.ndarray:
    """A zero-padded 1D convolution of 3 taps, tap by tap."""
    out = np.zeros((*x.shape[:-1], kernel.shape[-1]))
    for tap, offset in enumerate((-rate, 0, rate)):
        for place in range(x.shape[1]):
            if 0 <= place + offset < x.shape[1]:
                out[:, place] += x[:, place + offset] @ kernel[tap]
    return out


@pytest.mark.parametrize("padding", ["same", "torch"])
def test_the_pyramid_is_its_branches_side_by_side(padding: str) -> None:
    net = Network((16,), padding=padding, bottleneck={"kind": "aspp", "rates": [2, 5], "filters": 3})
    x, found = net.outputs("encoder_level1_conv1_activation", f"{AT}_project_activation")
    rows = []
    for name, rate in (("point", 0), ("rate1", 2), ("rate2", 5), ("image", 0)):
        kernel, bias = net.weights(f"{AT}_{name}")
        source = np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape) if name == "image" else x
        rows.append(np.maximum((dilated(source, kernel, rate) if rate else source @ kernel[0]) + bias, 0))
    kernel, bias = net.weights(f"{AT}_project")
    expected = np.maximum(np.concatenate(rows, axis=-1) @ kernel[0] + bias, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("spatial", [(16,), (16, 8), (8, 8, 4)])
@pytest.mark.parametrize(("pooled", "filters"), [(True, None), (False, 5)])
def test_the_pyramid_counts_by_hand(spatial: tuple[int, ...], pooled: bool, filters: int | None) -> None:
    fields = {"kind": "aspp", "rates": [6, 12, 18], "image_pooling": pooled, "filters": filters}
    made = plan(spatial, bottleneck=fields, up={"kind": "nearest"}, skip="add")
    width = filters or 8
    points, taps = 1 + pooled, 3 ** len(spatial)
    own = (points * 8 + 3 * taps * 8) * width + (points + 3) * width  # the branches
    own += (points + 3) * width * width + width  # and what joins them
    names = [node for node in made.nodes if "bottleneck" in node.scope]
    assert sum(made.params_of(node) for node in names) == own
    small = tuple(n // 2 for n in spatial)
    assert names[-1].spec.spatial == small
    assert [node.op.dilation for node in names if isinstance(node.op, Conv) and max(node.op.kernel) > 1] == [
        (rate,) * len(spatial) for rate in (6, 12, 18)
    ]


def test_valid_convolutions_around_it_leave_the_pyramids_size() -> None:
    made = plan((24, 24), padding="valid", bottleneck="aspp").by_name
    assert made[f"{AT}_project_activation"].spec.spatial == made["encoder_level1_conv1"].spec.spatial


@pytest.mark.parametrize(("norm", "image"), [("instance", False), ("batch", True), ("layer", True)])
def test_one_position_is_not_normalized_by_itself(norm: str, image: bool) -> None:
    made = plan((8, 8), norm=norm, bottleneck="aspp").by_name
    assert type(made[f"{AT}_point_norm"].op) is Norm
    assert (f"{AT}_image_norm" in made) == image


@pytest.mark.parametrize("spatial", [(16,), (8, 6), (4, 8, 4)])
@pytest.mark.parametrize(
    ("fields", "heads", "key_dim"),
    [({}, 4, 2), ({"heads": 3, "key_dim": 5}, 3, 5), ({"norm": False, "residual": False}, 4, 2)],
)
def test_self_attention_has_the_bottoms_channels(
    spatial: tuple[int, ...], fields: dict[str, Any], heads: int, key_dim: int
) -> None:
    made = plan(spatial, norm="layer", bottleneck={"kind": "self_attention", **fields})
    node = made.by_name[AT]
    assert isinstance(node.op, SelfAttention)
    assert (node.op.num_heads, node.op.key_dim) == (heads, key_dim)
    assert node.spec == made.by_name["encoder_level1_conv1"].spec
    width = heads * key_dim
    assert made.params_of(node) == 4 * 8 * width + 3 * width + 8
    before = f"{AT}_norm" if fields.get("norm", True) else "encoder_level1_conv1_activation"
    assert node.inputs == (before,)
    ends = made.by_name.get(f"{AT}_add")
    assert (ends is not None) == fields.get("residual", True)
    assert ends is None or (type(ends.op), ends.inputs) == (Add, ("encoder_level1_conv1_activation", AT))


def test_self_attention_adds_what_every_position_says() -> None:
    net = Network((8, 6), bottleneck={"kind": "self_attention", "heads": 1, "norm": False})
    before, found, after = net.outputs("encoder_level1_conv1_activation", AT, f"{AT}_add")
    np.testing.assert_allclose(after, before + found, rtol=1e-5)
    query, q, key, k, value, v, out, o = net.weights(AT)
    x = before.reshape(2, 12, 8)
    scores = (x @ query[:, 0] + q[0]) @ (x @ key[:, 0] + k[0]).transpose(0, 2, 1) / np.sqrt(8)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weighed = scores / scores.sum(axis=-1, keepdims=True) @ (x @ value[:, 0] + v[0])
    np.testing.assert_allclose(found.reshape(x.shape), weighed @ out[0] + o, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    ("spatial", "fits"), [((32768,), True), ((32770,), False), ((256, 128), True), ((64, 32, 66), False)]
)
def test_scores_beyond_a_gibibyte_are_refused(spatial: tuple[int, ...], fits: bool) -> None:
    bottleneck = {"kind": "self_attention", "heads": 1}  # 16384 positions: 4 * 16384**2 is 2**30
    if fits:
        plan(spatial, bottleneck=bottleneck)
        return
    positions = int(np.prod(spatial)) // 2 ** len(spatial)
    with pytest.raises(ConfigError, match=f"{4 * positions**2:,} bytes .* limit is 1,073,741,824") as raised:
        plan(spatial, bottleneck=bottleneck)
    (problem,) = raised.value.problems
    assert problem.path == ("bottleneck",)
    assert f"{positions:,} positions at 1 heads" in problem.message
