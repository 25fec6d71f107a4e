"""The printed PyTorch source computes what Keras does; the weights go there and back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.emit.source.sources import of_all_ops, predicted, run, sample, with_random_weights
from tests.tiers import sampled
from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.emit.source.torch import torch_source
from unetgen.emit.source.torch_activations import ACTIVATIONS, activation_step
from unetgen.emit.source.torch_initializers import LINES
from unetgen.emit.source.torch_modules import module_paths
from unetgen.emit.source.torch_steps import STEPS
from unetgen.emit.source.torch_weights import Layers, layers_of, state_of
from unetgen.errors import UnetgenError
from unetgen.parts.keras_names import ACTIVATIONS as KNOWN_ACTIVATIONS
from unetgen.parts.keras_names import INITIALIZERS
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import ALL_OPS, AppendOnes, Conv, Input, MergedConv
from unetgen.plan.tensor import TensorSpec

NO_TORCH = "PyTorch is not installed here: pip install 'unetgen[torch]'"
SMALL = ("base_filters=2", "input.shape=[16,16]", "depth=3")
RECURRENT = load_design("r2unet", SMALL)
DESIGNS = (
    *(
        (dims, data_format, free)
        for dims in (1, 2, 3)
        for data_format in ("channels_last", "channels_first")
        for free in (False, True)
    ),
)


def random_layers(plan: Plan) -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    return {
        node.name: [rng.normal(size=weight.shape).astype("float32") for weight in plan.weights(node)]
        for node in plan.nodes
        if plan.weights(node)
    }


def test_every_op_has_a_row_or_is_refused_by_name() -> None:
    assert set(STEPS) == set(ALL_OPS)
    assert {op for op, step in STEPS.items() if step is None} == {Input, MergedConv, AppendOnes}


def test_ops_of_rewritten_plans_are_refused_all_at_once() -> None:
    conv = Conv(2, (3,), (1,), (1,))
    builder = Builder(TensorSpec((8,), 2))
    ones = builder.add(AppendOnes(), builder.input, name="ones")
    plan = builder.finish(builder.add(MergedConv(conv, ((1,),)), ones, name="merged"))
    with pytest.raises(UnetgenError) as refusal:
        torch_source(Design(load_design("quickstart2d", []).config, plan))
    assert str(refusal.value).splitlines() == [
        "torch-source: AppendOnes cannot be said in PyTorch",
        "torch-source: MergedConv cannot be said in PyTorch",
    ]


def test_every_activation_and_every_initializer_of_keras_has_one() -> None:
    assert set(ACTIVATIONS) == set(KNOWN_ACTIVATIONS.objects)
    names = {entry.target.rpartition(".")[2] for entry in INITIALIZERS.objects.values()}
    assert set(LINES) == {*names, "Icnr"}


@pytest.mark.parametrize(
    "design", [RECURRENT, of_all_ops(2, "channels_last"), of_all_ops(3, "channels_first")]
)
def test_weights_there_and_back_are_unchanged(design: Design) -> None:
    layers = random_layers(design.plan)
    again = layers_of(design.plan, state_of(design.plan, layers))
    assert again.keys() == layers.keys()
    for name, arrays in layers.items():
        for array, expected in zip(again[name], arrays, strict=True):
            np.testing.assert_array_equal(array, expected)


def test_each_layer_has_a_path_of_its_own_and_a_shared_one_none() -> None:
    plan = RECURRENT.plan
    paths = module_paths(plan)
    assert {node.name for node in plan.nodes if plan.weights(node)} <= paths.keys()
    assert len(set(paths.values())) == len(paths)
    assert paths["encoder_level0_unit1_step1"] == "encoder_level0.unit1.step1"
    assert "encoder_level0_unit1_step2" not in paths


def test_weights_that_do_not_fit_are_all_named() -> None:
    state = dict(state_of(RECURRENT.plan, random_layers(RECURRENT.plan)))
    del state["head.bias"]
    state["head.weight"] = state["head.weight"][:, :1]
    state["neck.weight"] = state["head.weight"]
    with pytest.raises(UnetgenError) as refusal:
        layers_of(RECURRENT.plan, state)
    assert str(refusal.value).splitlines() == [
        "the weights do not fit the config:",
        "head.weight: must be (1, 2, 1, 1) (got (1, 1, 1, 1))",
        "head.bias: is missing",
        "neck.weight: belongs to no layer",
    ]


def test_the_article_s_network_is_modules() -> None:
    text = torch_source(load_design("unet3d_depth2", []))
    assert text.count("class ConvBlock(nn.Module):") == 1
    assert "        self.encoder_level0 = ConvBlock(4, 32, 64)" in text
    assert "return nn.functional.relu(self.conv2(x))" in text
    compile(text, "unet.py", "exec")


def test_a_convolution_pads_by_itself_what_a_pad_before_it_adds() -> None:
    text = torch_source(load_design("nnunet_hippocampus_3d", []))
    assert "nn.Conv3d(in_channels, filters, 3, stride=2, padding=1)" in text
    assert "nn.functional.pad" not in text


@pytest.mark.parametrize("precision", ["float64", "mixed_bfloat16"])
def test_a_precision_is_refused(precision: str) -> None:
    with pytest.raises(UnetgenError, match=f"torch-source: execution.precision: .* {precision}"):
        torch_source(load_design("quickstart2d", [f"execution.precision={precision}"]))


def assert_same_outputs(design: Design, layers: Layers, expected: list[np.ndarray]) -> None:
    """The printed module with these weights computes `expected` of the sample, within rounding."""
    import torch

    network = run(torch_source(design))["UNet"]()
    state = state_of(design.plan, layers)
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in state.items()})
    trainable = sum(each.numel() for each in network.parameters())
    assert trainable == design.plan.trainable_params
    is_first = design.config.input.data_format == "channels_first"
    x = sample(design)
    x = np.ascontiguousarray(x if is_first else np.moveaxis(x, -1, 1))
    with torch.inference_mode():
        given = network.eval()(torch.from_numpy(x))
    outputs = [each.numpy() for each in (given if isinstance(given, tuple) else (given,))]
    for output, wanted in zip(outputs, expected, strict=True):
        wanted = wanted if is_first else np.moveaxis(wanted, -1, 1)
        assert np.abs(output - wanted).max() <= 1e-5 * np.abs(wanted).max()
    network.train()(torch.from_numpy(x))


def plan_layers(design: Design) -> tuple[dict[str, list[np.ndarray]], list[np.ndarray]]:
    """Random weights of each node, and what the Keras model with them predicts of the sample."""
    from unetgen.model.building import assign

    model = with_random_weights(design)
    layers = random_layers(design.plan)
    for name, arrays in layers.items():
        for index, weight in enumerate(design.plan.weights(design.plan.by_name[name])):
            if weight.name == "moving_variance":
                arrays[index] = np.abs(arrays[index]) + 0.5
    assign(model, layers, design.config.input.data_format)
    return layers, list(predicted(model, sample(design)))


@pytest.mark.parametrize(
    ("dims", "data_format", "free"), sampled(DESIGNS, first=[(2, "channels_last", False)])
)
def test_every_op_computes_what_keras_does(dims: int, data_format: str, free: bool) -> None:
    pytest.importorskip("torch", reason=NO_TORCH)
    design = of_all_ops(dims, data_format, free)
    assert_same_outputs(design, *plan_layers(design))


def test_shared_weights_compute_what_keras_does() -> None:
    pytest.importorskip("torch", reason=NO_TORCH)
    assert_same_outputs(RECURRENT, *plan_layers(RECURRENT))


OPTIONS: dict[str, list[dict[str, object]]] = {
    "relu": [{"negative_slope": 0.1}, {"max_value": 1.0}, {"max_value": 2.0, "threshold": 0.5}],
    "threshold": [{"threshold": 0.3, "default_value": -1.0}],
    "leaky_relu": [{"negative_slope": 0.3}],
    "gelu": [{"approximate": True}],
    "squareplus": [{"b": 2.0}],
    **{name: [{"alpha": 0.7}] for name in ("celu", "elu")},
    **{name: [{"threshold": 0.7}] for name in ("hard_shrink", "soft_shrink")},
}


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"glu", "sparsemax"}))
def test_every_activation_computes_what_keras_s_does(name: str) -> None:
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    import keras

    from unetgen.emit.source.expression import applied
    from unetgen.emit.source.layout import one_line
    from unetgen.emit.source.torch_helpers import torch_helpers

    x = np.linspace(-4, 4, 321, dtype="float32").reshape(1, 3, 107)
    plain: list[dict[str, object]] = [] if name == "threshold" else [{}]
    for options in plain + OPTIONS.get(name, []):
        step = activation_step(name, options)
        texts = ["import torch", "from torch import Tensor, nn", *torch_helpers(step.helpers, 1)]
        text = "\n".join([*texts, f"def f(x): return {one_line(applied(step, ['x'], None))}"])
        found = run(text)["f"](torch.from_numpy(x)).numpy()
        axis = {"axis": 1} if "softmax" in name else {}
        expected = keras.ops.convert_to_numpy(getattr(keras.activations, name)(x, **options, **axis))
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
