"""What stands behind the bottom: pyramids of dilated convolutions, and attention of all positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import AdaptivePool, Add, Conv, Dropout, GlobalPool, Norm, SelfAttention

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


def grid(x: np.ndarray, bins: int) -> np.ndarray:
    """The averages over bins of a 1D tensor, and where each position lies between them, corners aligned."""
    size = x.shape[1]
    rows = [x[:, i * size // bins : -(-(i + 1) * size // bins)].mean(axis=1) for i in range(bins)]
    return np.stack(rows, axis=1)


def enlarged(x: np.ndarray, size: int) -> np.ndarray:
    places = np.linspace(0, x.shape[1] - 1, size)
    low = np.minimum(places.astype(int), max(x.shape[1] - 2, 0))
    share = (places - low)[None, :, None]
    return x[:, low] * (1 - share) + x[:, np.minimum(low + 1, x.shape[1] - 1)] * share


def test_pooled_grids_stand_beside_the_bottom() -> None:
    fields = {"kind": "pyramid_pooling", "bins": [1, 3, 5], "filters": 3}
    net = Network((14,), bottleneck=fields, use_bias=False)
    x, found = net.outputs("encoder_level1_conv1_activation", f"{AT}_project_activation")
    rows = []
    for index, bins in enumerate((1, 3, 5), start=1):
        kernel, *bias = net.weights(f"{AT}_grid{index}")
        assert (kernel.shape[-1], len(bias)) == (8 // 3, 0)
        rows.append(enlarged(np.maximum(grid(x, bins) @ kernel[0], 0), x.shape[1]))
    joined = np.concatenate([*rows, x], axis=-1)
    expected = np.maximum(joined @ net.weights(f"{AT}_project")[0][0], 0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("spatial", [(16,), (16, 8), (8, 8, 4)])
@pytest.mark.parametrize("norm", ["batch", "instance", "layer"])
def test_a_grid_of_one_bin_has_a_bias_in_place_of_its_norm(spatial: tuple[int, ...], norm: str) -> None:
    fields = {"kind": "pyramid_pooling", "bins": [1, 2], "dropout": 0.25}
    made = plan(spatial, norm=norm, use_bias=False, bottleneck=fields)
    nodes = [node for node in made.nodes if node.place.part == "bottleneck"]
    norms = {name for name in made.by_name if name.startswith(AT) and name.endswith("_norm")}
    assert norms == {f"{AT}_grid2_norm", f"{AT}_project_norm"}
    of_norms = sum(made.params_of(made.by_name[name]) for name in norms)
    assert sum(made.params_of(node) for node in nodes) == (8 * 4 + 4) + 8 * 4 + 16 * 8 + of_norms
    assert [type(node.op) for node in nodes if node.name.endswith("pool")] == [GlobalPool, AdaptivePool]
    assert nodes[-1].op == Dropout(0.25, spatial=True)
    assert nodes[-1].spec == made.by_name["encoder_level1_conv1"].spec


@pytest.mark.parametrize(("spatial", "padding"), [((16,), "same"), ((8, 6), "torch"), ((4, 8, 4), "same")])
def test_position_attention_counts_by_hand_and_keeps_the_bottom(
    spatial: tuple[int, ...], padding: str
) -> None:
    made = plan(spatial, padding=padding, bottleneck={"kind": "position_attention", "key_filters": 3})
    nodes = [node for node in made.nodes if node.place.part == "bottleneck"]
    taps = 3 ** len(spatial)
    assert sum(made.params_of(node) for node in nodes) == 2 * (8 * 3 + 3) + 2 * (taps * 8 * 8 + 8)
    assert nodes[-1].spec == made.by_name["encoder_level1_conv1"].spec


def test_position_attention_adds_what_all_pairs_weigh() -> None:
    net = Network((8, 6), bottleneck={"kind": "position_attention", "key_filters": 3})
    at = f"{AT}_attention"
    names = (f"{at}_query", f"{at}_key", f"{at}_value", f"{at}_add", f"{at}_out")
    before, query, key, value, added, out = net.outputs("encoder_level1_conv1_activation", *names)
    for x, name in ((query, "query"), (key, "key")):
        kernel, bias = net.weights(f"{at}_{name}")
        np.testing.assert_allclose(x, before @ kernel[0, 0] + bias, rtol=1e-3, atol=1e-3)
    q, k, v = (x.reshape(2, 12, -1) for x in (query, key, value))
    scores = (q @ k.transpose(0, 2, 1)).reshape(2, -1)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = (weights / weights.sum(axis=1, keepdims=True)).reshape(2, 12, 12)
    read = (weights @ v).reshape(2, 8, 4, 3).transpose(0, 2, 3, 1)  # rows as channels
    np.testing.assert_allclose(added, before + read, rtol=1e-3, atol=1e-3)
    assert out.shape == before.shape


def test_too_many_pairs_of_positions_are_refused() -> None:
    plan((32768,), bottleneck="position_attention")
    with pytest.raises(ConfigError, match="the scores of 16,385 positions would take") as raised:
        plan((32770,), bottleneck="position_attention")
    (problem,) = raised.value.problems
    assert (problem.path, problem.hint) == (("bottleneck",), "use a larger depth or a smaller input")


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


@pytest.mark.parametrize("refine", [None, "conv", "separable_conv"])
def test_a_separable_pyramid_is_depthwise_and_then_pointwise(refine: str | None) -> None:
    fields = {"kind": "aspp", "rates": [2, 5], "filters": 3, "separable": True, "refine": refine}
    net = Network((16,), padding="torch", bottleneck={**fields, "dropout": 0.5})
    x, found, joined = net.outputs(
        "encoder_level1_conv1_activation", f"{AT}_rate2_pointwise_activation", f"{AT}_project_activation"
    )
    (depthwise,), (pointwise, bias) = (
        net.weights(f"{AT}_rate2_{name}") for name in ("depthwise", "pointwise")
    )
    expected = dilated(x, depthwise[:, 0, :, None] * np.eye(8), 5) @ pointwise[0] + bias
    np.testing.assert_allclose(found, np.maximum(expected, 0), rtol=1e-3, atol=1e-3)
    names = [node.name for node in net.plan.nodes if node.name.startswith(AT)]
    assert f"{AT}_project_dropout" in names
    last = {None: "project_dropout", "conv": "refine_activation"}.get(refine, "refine_pointwise_activation")
    assert names[-1] == f"{AT}_{last}"
    if refine == "conv":
        kernel, bias = net.weights(f"{AT}_refine")
        (refined,) = net.outputs(f"{AT}_refine_activation")
        expected = np.maximum(dilated(joined, kernel, 1) + bias, 0)
        np.testing.assert_allclose(refined, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("spatial", [(16,), (16, 18), (16, 16, 22)])
def test_pyramid_attention_counts_by_hand(spatial: tuple[int, ...]) -> None:
    made = plan(spatial, bottleneck={"kind": "pyramid_attention", "filters": 5}, up="nearest")
    own = [node for node in made.nodes if "bottleneck" in node.scope]
    seven, five, three = (n ** len(spatial) for n in (7, 5, 3))
    one_wide = (seven * 8 + 1) + (five + 1) + 2 * (three + 1) + (five + 1) + (seven + 1)
    assert sum(made.params_of(node) for node in own) == one_wide + 2 * (8 * 5 + 5)
    assert own[-1].spec.spatial == tuple(n // 2 for n in spatial) and own[-1].spec.channels == 5


def test_pyramid_attention_weighs_every_position_and_adds_the_average() -> None:
    net = Network((18,), norm="instance", bottleneck={"kind": "pyramid_attention", "filters": 5})
    names = ["middle_activation", "resize", "average_activation"]
    middle, weights, average = net.outputs(*(f"{AT}_{name}" for name in names))
    (found,) = net.outputs(AT)
    assert weights.shape[-1] == 1 and np.ptp(weights) > 0
    np.testing.assert_allclose(found, middle * weights + average, rtol=1e-3, atol=1e-3)
    assert not any("average_norm" in node.name for node in net.plan.nodes)  # of one position nothing is left


def test_pyramid_attention_needs_positions_to_halve_three_times() -> None:
    with pytest.raises(ConfigError, match=r"bottleneck/down3: a size of 1 is too small"):
        plan((14, 16), bottleneck="pyramid_attention")
