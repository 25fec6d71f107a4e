"""UNet++, against the paper's definition of its nodes and the counts of two public implementations."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import unetgen
from tests.parts.topologies.made import config_of, plan_of, sources
from unetgen.analysis.sizes import size_multiple
from unetgen.errors import ConfigError


def place(i: int, j: int, depth: int) -> str:
    """Where the node X(i, j) stands: the encoder, the nodes inside, or the decoder."""
    if j == 0:
        return f"encoder/level{i}"
    return f"decoder/level{i}" if i + j == depth - 1 else f"nested/level{i}/column{j}"


@pytest.mark.parametrize("order", ["up_first", "skip_first"])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_node_joins_all_nodes_before_it_on_its_level_and_the_one_below(depth: int, order: str) -> None:
    # arXiv 1807.10165, equation 1: x(i,j) = H([x(i,0), ..., x(i,j-1), U(x(i+1,j-1))])
    plan = plan_of(depth=depth, topology="unet_plus_plus", skip={"kind": "concat", "order": order})
    for i in range(depth):
        for j in range(1, depth - i):
            at = place(i, j, depth).replace("/", "_")
            before = [f"{place(i, k, depth)}/conv1" for k in range(j)]
            up = f"{place(i, j, depth)}/up"
            joined = [up, *before] if order == "up_first" else [*before, up]
            assert sources(plan, f"{at}_skip") == joined
            assert sources(plan, f"{at}_up") == [f"{place(i + 1, j - 1, depth)}/conv1"]
    blocks = {node.scope.rsplit("/", 1)[0] for node in plan.nodes if node.scope.endswith("/conv1")}
    assert blocks == {place(i, j, depth) for i in range(depth) for j in range(depth - i)}


def counted(channels: int, filters: list[int], last: int, classes: int) -> int:
    """Parameters up to column `last`: two 3x3 convolutions a node, 2x2 transposed ones between them."""
    total = 0
    for i in range(last + 1):
        width, below = filters[i], filters[min(i + 1, len(filters) - 1)]
        source = filters[i - 1] if i else channels
        total += 9 * source * width + width + 9 * width * width + width
        for j in range(1, last + 1 - i):
            total += 4 * below * width + width
            total += 9 * (j + 1) * width * width + width + 9 * width * width + width
    return total + filters[0] * classes + classes


@pytest.mark.parametrize(("last", "expected"), [(None, 9_041_601), (4, 9_041_601), (3, None), (1, None)])
def test_the_count_of_the_paper_s_network_whole_and_pruned(last: int | None, expected: int | None) -> None:
    config = unetgen.load("unet_plus_plus", overrides=[f"topology.prune_to={last or 'null'}"])
    count = unetgen.plan(config).params
    assert count == counted(1, [32, 64, 128, 256, 512], last or 4, 1)
    assert expected in (count, None)


def test_the_counts_with_the_heads_of_deep_supervision() -> None:
    # Four heads of 32 weights and a bias; the network of ZJUGiveLab/UNet-Version has them always.
    config = unetgen.load("unet_plus_plus", overrides=["head.deep_supervision=3"])
    assert unetgen.plan(config).params == 9_041_601 + 3 * 33 == 9_041_700
    assert unetgen.plan(unetgen.load("unet_plus_plus_zju")).trainable_params == 47_176_132


def test_the_heads_stand_on_the_columns_of_the_first_level_at_full_size() -> None:
    plan = plan_of(depth=4, topology="unet_plus_plus", head={"activation": "linear", "deep_supervision": 2})
    heads = [node for node in plan.nodes if node.scope.startswith("head")]
    convolved = [node for node in heads if type(node.op).__name__ == "Conv"]
    assert [node.scope for node in convolved] == ["head", "head/column2", "head/column1"]
    assert [sources(plan, node.name) for node in convolved] == [
        ["decoder/level0/conv1"],
        ["nested/level0/column2/conv1"],
        ["nested/level0/column1/conv1"],
    ]
    assert plan.output_shapes == ((16, 1),) * 3


@pytest.mark.parametrize("last", [1, 2])
def test_a_pruned_network_is_the_head_of_its_column_in_the_whole(last: int) -> None:
    change = {
        "depth": 4,
        "input": {"shape": [8, 16], "channels": 2},
        "activation": "relu",
        "norm": "batch",
        "block": {"kind": "residual", "convs": 2},
    }
    whole = unetgen.build(
        config_of(**change, topology="unet_plus_plus", head={"activation": "linear", "deep_supervision": 2})
    )
    pruned = unetgen.build(config_of(**change, topology={"kind": "unet_plus_plus", "prune_to": last}))
    names = {layer.name for layer in pruned.layers}
    assert names < {layer.name for layer in whole.layers}
    for name in names:
        pruned.get_layer(name).set_weights(whole.get_layer(name).get_weights())
    x = np.random.default_rng(1).normal(size=(2, 8, 16, 2)).astype("float32")
    outputs = dict(zip(whole.output_names, whole(x), strict=True))
    (mine,) = (name for name in outputs if f"column{last}" in name)
    expected = keras.ops.convert_to_numpy(outputs[mine])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(pruned(x)), expected)


def test_a_pruned_network_divides_by_its_own_levels_only() -> None:
    topology = {"kind": "unet_plus_plus", "prune_to": 1}
    plan = plan_of(depth=4, input={"shape": [6]}, topology=topology)
    assert size_multiple(plan) == (2,)
    with pytest.raises(ConfigError, match="nearest legal sizes are 6 and 8"):
        config_of(depth=4, input={"shape": [7]}, topology=topology)


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"topology.prune_to: a network of depth 3 has columns 1 to 2"):
        config_of(topology={"kind": "unet_plus_plus", "prune_to": 3})


def test_there_are_as_many_heads_as_columns() -> None:
    head = {"deep_supervision": 2}
    assert len(plan_of(depth=4, topology="unet_plus_plus", head=head).outputs) == 3
    with pytest.raises(ConfigError, match="depth 4 has 1 earlier column"):
        config_of(depth=4, topology={"kind": "unet_plus_plus", "prune_to": 2}, head=head)
    with pytest.raises(ConfigError, match="depth 4 has no earlier column"):
        config_of(depth=4, topology={"kind": "unet_plus_plus", "prune_to": 1}, head=head)


def test_heads_of_columns_are_cropped_back_to_a_padded_input() -> None:
    config = config_of(
        input={"shape": [13]}, topology="unet_plus_plus", head={"deep_supervision": 1}, resize="pad_and_crop"
    )
    assert unetgen.plan(config).output_shapes == ((13, 1), (13, 1))


def test_an_additive_skip_adds_all_nodes_before() -> None:
    plan = plan_of(topology="unet_plus_plus", skip="add")
    added = plan.by_name["decoder_level0_skip"]
    assert type(added.op).__name__ == "Add"
    assert len(added.inputs) == 3
    with pytest.raises(ConfigError, match="cannot be added"):
        config_of(topology="unet_plus_plus", skip="add", decoder={"filters": [3, 4]})


def test_the_latest_node_may_come_first_and_the_encoder_last() -> None:
    plan = plan_of(depth=4, topology={"kind": "unet_plus_plus", "order": "latest_first"})
    for i in range(4):
        for j in range(1, 4 - i):
            before = [f"{place(i, k, 4)}/conv1" for k in reversed(range(j))]
            joined = sources(plan, f"{place(i, j, 4).replace('/', '_')}_skip")
            assert joined == [f"{place(i, j, 4)}/up", *before]


def test_nodes_inside_may_have_the_encoders_channels() -> None:
    topology = {"kind": "unet_plus_plus", "node_filters": "skip"}
    plan = plan_of(depth=4, topology=topology, decoder={"filters": [3, 5, 7]})
    channels = {
        node.place.of_whole: node.spec.channels for node in plan.nodes if node.place.level is not None
    }
    for i, (encoder, decoder) in enumerate(zip([2, 4, 8], [3, 5, 7], strict=True)):
        found = [
            channels[node] for node in channels if node.level == i and node.side in ("nested", "decoder")
        ]
        assert found == [encoder] * (2 - i) + [decoder]


ON_RESNET = {
    "input": {"shape": [32, 32]},
    "depth": 4,
    "filters": None,
    "block": {"kind": "plain"},
    "encoder": "resnet18",
    "up": "nearest",
    "decoder": {"filters": [4, 5, 6]},
    "topology": "unet_plus_plus",
}


def test_a_first_level_without_an_encoder_has_the_last_node_alone() -> None:
    plan = plan_of(**ON_RESNET)
    made = {(n.place.side, n.place.level) for n in plan.nodes if n.place.side in ("nested", "decoder")}
    assert made == {("nested", 1), ("decoder", 0), ("decoder", 1), ("decoder", 2)}
    assert not any(node.name.startswith("decoder_level0_skip") for node in plan.nodes)
    vgg = ON_RESNET | {"encoder": "vgg11"}
    assert ("nested", 0) in {(n.place.side, n.place.level) for n in plan_of(**vgg).nodes}
    bare = plan_of(**vgg | {"skip": ["none", "concat", "concat"]})
    assert made == {
        (n.place.side, n.place.level) for n in bare.nodes if n.place.side in ("nested", "decoder")
    }
    with pytest.raises(ConfigError, match=r"skip.1: unet_plus_plus joins several tensors on a level"):
        plan_of(**vgg | {"skip": ["none", "none", "concat"]})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topology": {"kind": "unet_plus_plus", "prune_to": 2}}, "topology.prune_to"),
        ({"head": {"deep_supervision": 1}}, "head.deep_supervision"),
    ],
    ids=["pruned", "supervised"],
)
def test_columns_that_the_first_level_lacks_are_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError, match=f"{field}: asks for earlier columns of the first level"):
        config_of(**ON_RESNET | change)
