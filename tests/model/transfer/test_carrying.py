"""Which layers read the image, and what becomes of their kernels, without a model."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.networks import plan
from unetgen.model.transfer.axes import MODES, refitted
from unetgen.model.transfer.carrying import Transfer
from unetgen.model.transfer.channels import Counts, channels_of, score_convs
from unetgen.model.transfer.old_network import OldLayer, OldNetwork
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import SelectChannels, Standardize
from unetgen.plan.tensor import TensorSpec


def reading(network: Plan) -> set[str]:
    """The layers with weights that have channels of the image before them."""
    known = channels_of(network, Counts.of(network))
    return {
        node.name
        for node in network.nodes
        if network.weights(node) and any(c.kind == "image" for c in known[node.inputs[0]])
    }


def test_the_image_reaches_a_dense_block_and_a_shortcut_and_no_further() -> None:
    first = "encoder_level0_conv1"
    assert reading(plan((8, 8))) == {first}
    dense = plan((8, 8), block={"kind": "dense", "layers": 3})
    assert {name for name in reading(dense) if "conv" in name} >= {first, "encoder_level0_conv2"}
    assert all(name.startswith("encoder_level0") for name in reading(dense))


def test_channels_are_counted_as_the_plan_has_them() -> None:
    for fields in (
        {"block": {"kind": "depthwise_separable"}},
        {"skip": "attention"},
        {"up": "pixel_shuffle"},
        {
            "encoder": "monai_resnet18",
            "depth": 4,
            "base_filters": None,
            "block": "plain",
            "decoder": {"filters": [4, 4, 4]},
        },
    ):
        network = plan((8, 8), **fields)
        known = channels_of(network, Counts.of(network))
        assert {n.name: n.spec.channels for n in network.nodes} == {k: len(v) for k, v in known.items()}
        assert all(len(set(channels)) == len(channels) for channels in known.values())


def test_behind_a_choice_of_channels_there_are_as_many_features_whatever_the_image_has() -> None:
    builder = Builder(TensorSpec((4, 4), 3))
    x = builder.add(SelectChannels((2, 1, 0)), builder.input, name="reversed")
    plan = builder.finish(builder.add(Standardize((1.0,) * 3, (2.0,) * 3), x, name="standard"))
    of_one, of_three = (channels_of(plan, Counts(image, {})) for image in (1, 3))
    assert of_one["standard"] == of_three["standard"]
    assert [(each.kind, each.number) for each in of_one["standard"]] == [("feature", n) for n in range(3)]


def test_every_head_has_its_convolution_to_the_classes() -> None:
    heads = {"deep_supervision": {"levels": 1, "fuse": "concat", "sides": False}}
    assert [n.name for n in score_convs(plan((8, 8), head=heads))] == ["head", "head_level1", "head_fuse"]


@pytest.mark.parametrize(("new", "old"), [(1, 3), (2, 5), (3, 3), (5, 2), (7, 3)])
def test_kernels_for_other_channels_give_the_responses_that_they_promise(new: int, old: int) -> None:
    random = np.random.default_rng(new)
    kernel, initial = random.normal(size=(3, old, 4)), random.normal(size=(3, new, 4))
    made = {
        mode: refitted(kernel, initial, {-2: [pick(n, new, old, "reads") for n in range(new)]})[0]
        for mode, pick in MODES.items()
    }
    gray = np.ones((3, 1))
    np.testing.assert_allclose(
        np.einsum("kcf,kc->f", made["mean"], gray * np.ones(new)),
        np.einsum("kcf,kc->f", kernel, gray * np.ones(old)),
    )
    image = random.normal(size=(3, min(new, old)))
    ours, theirs = (image[:, np.arange(count) % min(new, old)] for count in (new, old))
    np.testing.assert_allclose(
        np.einsum("kcf,kc->f", made["copy"], ours), np.einsum("kcf,kc->f", kernel, theirs)
    )
    assert np.array_equal(made["zero"][:, :old], kernel[:, :new])
    assert not made["zero"][:, old:].any()


def test_a_layer_of_another_kind_is_not_taken_for_its_shape() -> None:
    network = plan((8, 8))
    initial = {
        node.name: [np.zeros(weight.shape, "float32") for weight in network.weights(node)]
        for node in network.nodes
        if network.weights(node)
    }
    layer = OldLayer("transposed convolution", {"kernel": np.ones((3, 3, 2, 4)), "bias": np.ones(4)})
    old = OldNetwork({"encoder_level0_conv1": layer, "elsewhere": layer}, 2)
    arrays, table = Transfer(old, network, "mean").into(initial, "unet")
    assert not any(array.any() for row in arrays.values() for array in row)
    why = "is a convolution, in the source a transposed convolution"
    assert table.rows[0].why == why
    assert [(row.layer, row.params, row.why) for row in table.left] == [
        ("encoder_level0_conv1", 76, why),
        ("elsewhere", 76, "the new network has no such layer"),
    ]
