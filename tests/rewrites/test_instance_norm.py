"""Instance normalization in one kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import Pair, chain, check
from unetgen.plan.ops import Activation, Conv, Norm
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.instance_norm import FuseInstanceNorm
from unetgen.rewrites.manager import rewritten

FUSE = FuseInstanceNorm()


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("spatial", [(9,), (4, 5), (3, 4, 2)])
def test_outputs_and_gradients_stay(spatial: tuple[int, ...], affine: bool) -> None:
    ones = (1,) * len(spatial)
    plan = chain(
        TensorSpec(spatial, 2),
        Conv(4, (3,) * len(spatial), ones, ones, use_bias=False),
        Norm("instance", 1e-5, affine=affine),
        Activation("leaky_relu"),
    )
    done = check(plan, [FUSE])
    assert [node.op.fused for node in done.plan.nodes if isinstance(node.op, Norm)] == [True]
    Pair(done, "float32").assert_equal_training()  # in float64 the kernel is Keras's


def test_a_norm_whose_weights_another_uses_is_left() -> None:
    """Of a recurrent block, whose steps have one norm: another kind of layer could not use its weights."""
    overrides = ["input.shape=[8]", "depth=2", "norm=instance", "block=recurrent"]
    plan = unetgen.plan(unetgen.load("quickstart2d", [*overrides, "kernel=3"]))
    owners = {node.weights_of for node in plan.nodes if isinstance(node.op, Norm) and node.weights_of}
    assert owners
    done = rewritten(plan, [FUSE])
    left = {node.name for node in done.plan.nodes if isinstance(node.op, Norm) and not node.op.fused}
    assert left == owners | {node.name for node in plan.nodes if node.weights_of in owners}


@pytest.mark.parametrize(
    "norm", [Norm("group", 1e-3, groups=2), Norm("layer", 1e-3), Norm("batch", 1e-3, 0.9)]
)
def test_other_norms_are_left(norm: Norm) -> None:
    assert not list(FUSE.changes(Graph(chain(TensorSpec((4,), 4), norm))))


def test_it_pays_in_predictions_and_in_training_and_the_fingerprint_stays() -> None:
    config = unetgen.load("nnunet_brain_tumour_3d", ["input.shape=[32,32,32]"])
    plan = unetgen.plan(config)
    norms = [node.name for node in plan.nodes if isinstance(node.op, Norm)]
    for rewrites in (FOR_TRAINING, FOR_INFERENCE):
        done = rewritten(plan, rewrites)
        fused = [s.change.nodes[0].name for s in done.steps if isinstance(s.rewrite, FuseInstanceNorm)]
        assert sorted(fused) == sorted(norms)
    alone = rewritten(plan, [FUSE]).plan
    assert alone.fingerprint == plan.fingerprint


def test_a_fit_and_a_prediction_are_the_plain_models() -> None:
    """Three steps on three samples, compiled: the same losses, and the same predictions after them."""
    small = ["input.shape=[8,8]", "depth=2", "base_filters=4", "norm=instance"]
    models: list[Any] = []
    for optimize in ("none", "training"):
        config = unetgen.load("quickstart2d", [*small, f"execution.optimize={optimize}"])
        models.append(unetgen.build(config))
    models[1].set_weights(models[0].get_weights())
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 8, 8, 1)).astype("float32")
    y = random.integers(0, 2, (3, *models[0].output_shape[1:])).astype("float32")
    losses = [[model.train_on_batch(x, y, return_dict=True)["loss"] for _ in range(3)] for model in models]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    made = [model.predict(x, verbose=0) for model in models]
    np.testing.assert_allclose(made[1], made[0], atol=1e-3)
    assert type(models[1].get_layer("encoder_level0_conv1_norm")).__name__ == "InstanceNormalization"
