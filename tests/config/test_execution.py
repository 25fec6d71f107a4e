"""What `execution` makes of a model: the device's choices, rewrites, recomputation, and the lock's record."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

import unetgen
from tests.strategies import EXECUTIONS
from unetgen.analysis.summary import Summary
from unetgen.config.execution import Device, as_chosen_then, chosen, cpu, gpu
from unetgen.config.lowering import lower
from unetgen.config.sections import Execution
from unetgen.model import building
from unetgen.model.reproducing import check_lock
from unetgen.model.saving import LOCK, write_build
from unetgen.sweep.tasks.build import check

PLAIN_CPU, NEW_CPU = Device("cpu"), Device("cpu", multiplies_bfloat16=True)
AUTO = Execution(layout="auto", precision="auto")


# Choices


@pytest.mark.parametrize(
    ("flags", "has_bfloat16"),
    [
        ("fpu sse avx512f avx512_bf16 amx_tile", True),
        ("fpu sse amx_bf16", True),
        ("fpu sse avx512f avx512_fp16", False),
        ("avx512_bf16x", False),
    ],
)
def test_a_cpu_is_known_by_its_flags(flags: str, has_bfloat16: bool) -> None:
    text = f"processor\t: 0\nmodel name\t: One with amx_bf16 in its name\nflags\t\t: {flags}\nbugs\t\t: x\n"
    assert cpu(text * 2) == Device("cpu", has_bfloat16)
    assert cpu("processor : 0\nFeatures : fp asimd bf16\n") == PLAIN_CPU


@pytest.mark.parametrize(
    ("capability", "has_bfloat16"), [((7, 5), False), ((8, 0), True), ((12, 0), True), ((), False)]
)
def test_a_gpu_is_known_by_its_compute_capability(capability: tuple[int, ...], has_bfloat16: bool) -> None:
    assert gpu(capability) == Device("gpu", has_bfloat16)


@pytest.mark.parametrize(
    ("device", "optimize", "layout", "precision"),
    [
        (PLAIN_CPU, "none", "channels_last", "float32"),
        (NEW_CPU, "none", "channels_last", "mixed_bfloat16"),
        (gpu((7, 5)), "none", "declared", "float32"),
        (gpu((9, 0)), "none", "declared", "mixed_bfloat16"),
        (gpu((9, 0)), "training", "channels_last", "mixed_bfloat16"),
        (PLAIN_CPU, "inference", "channels_last", "float32"),
    ],
)
def test_what_is_automatic_follows_from_the_device(
    device: Device, optimize: Any, layout: str, precision: str
) -> None:
    found = chosen(AUTO.model_copy(update={"optimize": optimize}), device)
    assert (found.layout, found.precision, found.optimize) == (layout, precision, optimize)


@given(EXECUTIONS)
def test_only_what_is_automatic_is_chosen_and_a_record_repeats_it(data: dict[str, str]) -> None:
    execution = Execution.model_validate(data)
    for device in (PLAIN_CPU, NEW_CPU, gpu((7, 5)), gpu((8, 6))):
        found = chosen(execution, device)
        assert "auto" not in found.model_dump().values()
        assert found.precision == execution.precision or execution.precision == "auto"
        assert found.layout == execution.layout or execution.layout == "auto" or execution.optimize != "none"
        assert chosen(found, PLAIN_CPU) == found
        assert chosen(as_chosen_then(execution, found.model_dump()), PLAIN_CPU) == found


@pytest.mark.parametrize("record", [None, 3, {}, {"precision": "float8"}, {"remat": "blocks"}])
def test_a_record_that_says_nothing_changes_nothing(record: object) -> None:
    assert as_chosen_then(AUTO, record) == AUTO


# Rewritten plans

NETWORKS = {
    "3d": ("unet3d_depth2", "input.shape=[8,8,4]", "base_filters=4"),
    "2d": ("quickstart2d", "input.shape=[16,16]", "base_filters=4", "depth=2", "up=nearest"),
    "1d": ("quickstart2d", "input.shape=[16]", "base_filters=4", "depth=3", "activation=prelu",
           "input.data_format=channels_first", "head.deep_supervision=1", "up=nearest"),
}  # fmt: skip


def network(name: str, *overrides: str) -> keras.Model:
    config, *own = NETWORKS[name]
    return unetgen.build(unetgen.load(config, [*own, *overrides]))


def batch(model: keras.Model) -> tuple[Any, Any]:
    """Two samples with targets, in the data format that the output has its classes in."""
    random = np.random.default_rng(0)
    shape = model.outputs[0].shape[1:]
    axis = 0 if model.inputs[0].shape[-1] != model.inputs[0].shape[1] and shape[0] < shape[-1] else -1
    spatial = shape[1:] if axis == 0 else shape[:-1]
    classes = random.integers(0, shape[axis], (2, *spatial))
    target = np.moveaxis(np.eye(shape[axis], dtype="float32")[classes], -1, 1 if axis == 0 else -1)
    return random.normal(size=(2, *model.inputs[0].shape[1:])).astype("float32"), target


def losses(model: keras.Model, steps: int = 3) -> list[float]:
    x, y = batch(model)
    return [float(model.train_on_batch(x, y, return_dict=True)["loss"]) for _ in range(steps)]


def weights_by_layer(model: keras.Model) -> dict[str, list[Any]]:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_model_rewritten_for_training_has_the_declared_ones_weights_and_losses(name: str) -> None:
    declared, fast = network(name), network(name, "execution.optimize=training")
    assert any(type(layer).__name__ == "MergedConv" for layer in fast.layers)
    assert fast.output_names == declared.output_names
    first, second = weights_by_layer(declared), weights_by_layer(fast)
    assert list(first) == list(second)
    for layer, arrays in first.items():
        for mine, other in zip(arrays, second[layer], strict=True):
            other = np.moveaxis(other, -1, 0) if mine.shape != other.shape else other  # slopes of a PReLU
            np.testing.assert_array_equal(mine, other)
    before, after = losses(declared), losses(fast)
    np.testing.assert_allclose(after, before, rtol=1e-4)
    assert len(set(before)) == 3


def test_weights_move_between_the_two_models_both_ways() -> None:
    declared, fast = network("2d"), network("2d", "execution.optimize=training", "seed=1")
    x, _ = batch(declared)
    losses(declared)
    wanted = declared.predict(x, verbose=0)
    fast.set_weights(declared.get_weights())
    np.testing.assert_allclose(fast.predict(x, verbose=0), wanted, atol=1e-5)
    losses(fast)
    wanted = fast.predict(x, verbose=0)
    for layer, arrays in weights_by_layer(fast).items():
        declared.get_layer(layer).set_weights(arrays)
    np.testing.assert_allclose(declared.predict(x, verbose=0), wanted, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_model_rewritten_for_inference_predicts_what_the_declared_one_does(name: str) -> None:
    declared, fast = network(name), network(name, "execution.optimize=inference")
    assert len(fast.layers) < len(declared.layers) + 2
    x, _ = batch(declared)
    outputs = zip(declared.outputs, fast.outputs, strict=True)
    assert all(mine.shape == other.shape for mine, other in outputs)
    every = [model.predict(x, verbose=0) for model in (declared, fast)]
    for mine, other in zip(*[each if isinstance(each, list) else [each] for each in every], strict=True):
        np.testing.assert_allclose(other, mine, atol=1e-5)


@pytest.mark.parametrize("preset", ["fast", "low_memory", "{optimize: inference}"])
def test_built_models_are_as_planned(preset: str) -> None:
    config = unetgen.load(NETWORKS["3d"][0], [*NETWORKS["3d"][1:], f"execution={preset}", "norm=batch"])
    check(config, unetgen.plan(config), unetgen.build(config))


def test_the_memory_shown_is_that_of_the_rewritten_network_and_the_rest_the_declared_ones() -> None:
    shown = {}
    for optimize in ("none", "training"):
        execution = f"execution={{layout: channels_last, optimize: {optimize}}}"
        config = unetgen.load("unet3d_depth2", [execution])
        shown[optimize] = Summary(lower(config)).as_json()
    less, more = (shown[name].pop("memory") for name in ("training", "none"))
    assert less["train_bytes"] < 0.7 * more["train_bytes"]
    assert less["weights_bytes"] == more["weights_bytes"]
    assert shown["none"].pop("digest") != shown["training"].pop("digest")
    assert shown["training"].pop("optimized") is not None
    assert shown["none"] == shown["training"]


# Recomputation

DEEP = ("quickstart2d", "input.shape=[32,32]", "base_filters=4", "depth=2", "block={kind: plain, convs: 4}")
RANDOM = (*DEEP[:-1], "norm=batch", "dropout=0.3")


def pair(config: str, *overrides: str, remat: str = "blocks") -> list[keras.Model]:
    """The model that keeps everything, and the one that recomputes."""
    modes = ("none", remat)
    return [unetgen.build(unetgen.load(config, [*overrides, f"execution.remat={mode}"])) for mode in modes]


def step_of(model: keras.Model) -> Any:
    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(model(x, training=True))
            loss = tf.add_n([tf.reduce_mean(tf.square(output)) for output in outputs])
        return loss, tape.gradient(loss, [variable.value for variable in model.trainable_variables])

    return step


def kept(model: keras.Model) -> int:
    """Values of the forward pass that the backward pass reads, counted in the graph of a step."""
    loss, gradients = graph_of(model).structured_outputs
    forward, live = needed_for([loss]), needed_for([loss, *gradients])
    read = {origin(x).ref() for op in live - forward for x in op.inputs}
    found = [each.deref() for each in read if each.deref().op in forward]
    return sum(prod(each.shape) for each in found if each.shape.rank == len(model.inputs[0].shape))


def graph_of(model: keras.Model) -> Any:
    return step_of(model).get_concrete_function(tf.zeros((1, *model.inputs[0].shape[1:]))).graph


def needed_for(tensors: list[Any]) -> set[Any]:
    """The operations without which these have no values; TensorFlow runs no others."""
    needed, waiting = set(), [tensor.op for tensor in tensors]
    while waiting:
        op = waiting.pop()
        if op not in needed:
            needed.add(op)
            waiting += [*(tensor.op for tensor in op.inputs), *op.control_inputs]
    return needed


def origin(tensor: Any) -> Any:
    """The tensor that identities pass on as this one."""
    while tensor.op.type in ("Identity", "IdentityN"):
        tensor = tensor.op.inputs[tensor.value_index]
    return tensor


@pytest.mark.parametrize("remat", ["blocks", "cheap"])
@pytest.mark.parametrize(
    "network",
    [
        RANDOM,
        (*RANDOM, "execution.precision=mixed_bfloat16", "execution.optimize=training", "up=nearest"),
        (*DEEP, "block=recurrent", "skip=attention", "head.deep_supervision=1"),
        (*DEEP, "block=residual", "norm=instance", "execution.optimize=training"),
        (*DEEP[:-1], "activation=gelu", "execution.optimize=training", "block={kind: plain, convs: 2}"),
    ],
    ids=["random", "rewritten", "repeated", "residual", "fused"],
)
def test_recomputed_blocks_give_the_same_gradients_and_move_states_once(
    network: tuple[str, ...], remat: str
) -> None:
    widths = () if remat == "blocks" else ("base_filters=16",)  # the first convolution is cheap then
    models = pair(*network, *widths, remat=remat)
    assert models[1]._recomputed_blocks
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 1)).astype("float32")
    (loss, wanted), (other, found) = (step_of(model)(x) for model in models)
    assert loss == other
    assert [v.path for v in models[0].weights] == [v.path for v in models[1].weights]
    assert min(float(tf.reduce_max(tf.abs(each))) for each in wanted[::2]) > 0
    for mine, recomputed in zip(wanted, found, strict=True):
        np.testing.assert_allclose(recomputed, mine, rtol=1e-5, atol=1e-7)
    for mine, same in zip(models[0].non_trainable_variables, models[1].non_trainable_variables, strict=True):
        np.testing.assert_array_equal(same, mine)


def test_only_what_stands_between_blocks_is_kept() -> None:
    everything, less = (kept(model) for model in pair(*DEEP))
    assert less < 0.4 * everything
    # Kept in full: each block's input, a feature map of 4 or 8 channels; and what the head reads.
    size = 32 * 32
    assert less <= size * (1 + 4 + 4 + 4 + 2 * 2) + size // 4 * (4 + 8 + 8)


CHEAP = ("quickstart2d", "input.shape=[32,32]", "base_filters=16", "depth=2", "execution.optimize=training")


@pytest.mark.parametrize("norm", ["norm=none", "norm=instance", "norm=batch"])
def test_what_is_cheap_is_not_kept_and_nothing_else_is_computed_twice(norm: str) -> None:
    plain, cheap = pair(*CHEAP, norm, remat="cheap")
    assert convolutions(cheap) == convolutions(plain) + 1
    tensors = 1 if norm == "norm=none" else 2  # a relu gives up its input
    few = 100  # statistics
    assert kept(plain) - few <= kept(cheap) + tensors * 16 * 32**2 <= kept(plain)


def convolutions(model: keras.Model) -> int:
    """Those forward, in a whole step."""
    loss, gradients = graph_of(model).structured_outputs
    return sum(op.type == "Conv2D" for op in needed_for([loss, *gradients]))


def test_without_anything_cheap_the_model_is_the_plain_one() -> None:
    """The skip of a level of one convolution is kept anyway."""
    (plain, cheap) = pair(*CHEAP[:-1], "block={kind: plain, convs: 1}", "compile.loss=mean_squared_error",
                          "norm=none", "execution.optimize=training", remat="cheap")  # fmt: skip
    assert type(cheap) is type(plain)
    inference = network("2d", "execution={optimize: inference, remat: cheap}")
    assert "RecomputingModel" not in type(inference).__name__


@pytest.mark.parametrize("norm", ["norm=none", "norm=batch"])
def test_fit_learns_the_same_with_what_is_cheap_computed_twice(norm: str) -> None:
    models = pair(*CHEAP, norm, "block=residual", "compile.optimizer=sgd", remat="cheap")
    x, y = batch(models[0])
    history = [model.fit(x, y, epochs=3, shuffle=False, verbose=0).history["loss"] for model in models]
    np.testing.assert_allclose(history[1], history[0], rtol=1e-6)
    for mine, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(other, mine, rtol=1e-5, atol=1e-6)


def test_a_recomputing_model_is_saved_and_loaded_and_its_weights_move(tmp_path: Path) -> None:
    plain, model = pair(*RANDOM)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_config()["blocks"] == model.get_config()["blocks"]
    assert kept(loaded) < kept(plain)
    x, _ = batch(model)
    wanted = model.predict(x, verbose=0)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), wanted)
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = pair(*RANDOM, "seed=1")[0]
    fresh.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(fresh.predict(x, verbose=0), wanted)


# The lock


def test_a_lock_records_what_was_chosen_and_a_check_repeats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = unetgen.load("quickstart2d", [*NETWORKS["2d"][1:], "execution=fast"])
    monkeypatch.setattr(building, "this_device", lambda: NEW_CPU)
    write_build(lower(config), (), tmp_path)
    lock = json.loads((tmp_path / LOCK).read_text())
    assert lock["volatile"]["execution"] == {
        "layout": "channels_last", "precision": "mixed_bfloat16", "remat": "cheap", "optimize": "training"
    }  # fmt: skip
    assert lock["config"]["execution"]["precision"] == "auto"
    assert lock["fingerprint"] == unetgen.plan(config).fingerprint
    monkeypatch.setattr(building, "this_device", lambda: PLAIN_CPU)
    assert check_lock(tmp_path / LOCK).problems == ()
    del lock["volatile"]["execution"]
    (tmp_path / LOCK).write_text(json.dumps(lock))
    (problem,) = check_lock(tmp_path / LOCK).problems
    assert "bfloat16" in problem
