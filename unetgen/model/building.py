"""From a design to its compiled Keras model: where the config's side and the emitters meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from unetgen.config.design import Design
from unetgen.config.execution import Device, chosen, cpu, gpu, inner_format, makes_cheap_twice
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective
from unetgen.installed import require_backend
from unetgen.legal_sizes import LegalSizes
from unetgen.model.device_limits import warn_of_limits, warn_of_rewrites
from unetgen.model.fused_update import fuse_update
from unetgen.model.targets import expected_targets
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan
from unetgen.targets.expected import Expected

if TYPE_CHECKING:
    import keras
    import numpy as np

    from unetgen.emit.keras.construction import CompileCalls


def this_device() -> Device:
    """The device that Keras's backend computes on: its first GPU, else the CPU."""
    require_backend()
    from unetgen.model.session import gpu_capabilities

    for capability in gpu_capabilities():
        return gpu(capability)
    return cpu()


def settled(config: UNetConfig) -> UNetConfig:
    """`config` with nothing automatic left in its execution, chosen for this device."""
    return config.model_copy(update={"execution": chosen(config.execution, this_device())})


def build_model(design: Design) -> keras.Model:
    """The compiled model.

    Its layers with weights are those of the plan under the same names, and start with the same weights,
    unless `execution.optimize` is ``inference``: those weights are carried over then. An encoder whose config
    names a file has the weights in it; raises `UnetgenError` where they do not fit. What `encoder.frozen`
    names does not learn. Where `execution.optimize` is ``training``, the optimizer updates each weight by one
    kernel, if there is one. Raises `UnetgenError` where Keras or its backend is not installed.
    """
    require_backend()
    from unetgen.emit.keras.construction import compile_model
    from unetgen.weights.encoder import encoder_weights

    config = settled(design.config)
    computed = design.computed_for(config.execution)
    warn_of_limits(computed.plan, config.execution)
    warn_of_rewrites(config.execution)
    objectives = design.objectives
    expected = expected_targets(objectives, design.plan, config.input.data_format)
    tasks = {each.name: each.outputs for each in objectives}
    model = uncompiled(config, computed.plan, tasks, expected, design.legal_sizes)
    read = encoder_weights(design)
    if any(step.change.carry for step in computed.steps):
        declared = uncompiled(config, design.plan)
        assign(declared, read)
        carried = computed.carried(arrays_of(declared))
        assign(model, {name: arrays for name, arrays in carried.items() if name in computed.plan.by_name})
    else:
        assign(model, read)
    freeze(model, design.frozen)
    compile_model(model, _compile_calls(config, objectives))
    if config.execution.optimize == "training":
        fuse_update(model.optimizer)
    return model


def freeze(model: keras.Model, names: Collection[str]) -> None:
    """Let all layers learn but those of these names. A model that is compiled has to be compiled again.

    A batch norm of Keras that does not learn uses its moving statistics in training too, and leaves them as
    they are. Dropout goes on.
    """
    for layer in model.layers:
        layer.trainable = layer.name not in names


def compiled_again(model: keras.Model, design: Design) -> keras.Model:
    """Compile `model`, that of `design`, again, its optimizer with all that it holds staying as it is.

    That is needed where layers were frozen, or learn again.
    """
    from unetgen.emit.keras.construction import compile_model

    calls = _compile_calls(settled(design.config), design.objectives)
    return compile_model(model, calls, model.optimizer)


def uncompiled(
    config: UNetConfig,
    plan: Plan,
    tasks: Mapping[str, int] | None = None,
    expected: Sequence[Expected] = (),
    legal: Mapping[int, LegalSizes] | None = None,
) -> keras.Model:
    """The model of `plan`, rewritten or not, with the interface and the execution of `config`, settled.

    A model that is to be trained looks at its targets where `expected` says what they have to be; one with
    free axes refuses sizes that are not `legal`.
    """
    from unetgen.emit.keras.construction import build
    from unetgen.emit.keras.table import Emission

    execution = config.execution
    emission = Emission(
        config.input.data_format,
        config.seed,
        execution.precision,
        is_for_predictions=execution.optimize == "inference",
    )
    layout = inner_format(execution, config.input.data_format)
    recompute: Literal["cheap", "blocks"] | None = "blocks" if execution.remat == "blocks" else None
    if makes_cheap_twice(execution):
        recompute = "cheap"
    return build(plan, config.name, emission, layout, tasks, recompute, expected, legal)


def _compile_calls(config: UNetConfig, objectives: Sequence[Objective]) -> CompileCalls:
    from unetgen.emit.keras.construction import CompileCalls

    arguments = [each.training.compile_arguments(each.context) for each in objectives]
    optimizer = config.compile.optimizer.keras()
    if config.execution.precision == "mixed_float16":
        # Keras scales the loss by itself only where the whole model has this policy, the outputs included.
        optimizer = Call("keras.optimizers.LossScaleOptimizer", {"inner_optimizer": optimizer})
    return CompileCalls(
        optimizer=optimizer,
        losses=[
            one["loss"] for each, one in zip(objectives, arguments, strict=True) for _ in range(each.outputs)
        ],
        loss_weights=[weight for each in objectives for weight in each.loss_weights],
        metrics=[one["metrics"] for one in arguments],
        outputs=[each.outputs for each in objectives],
        jit_compile=config.compile.jit_compile,
    )


def built_with_optimizer(design: Design) -> keras.Model:
    """The compiled model with its optimizer's state made, as after a first step.

    Saved without that state, a compiled model makes Keras warn whenever it is loaded.
    """
    model = build_model(design)
    model.optimizer.build(model.trainable_variables)
    return model


def arrays_of(model: keras.Model) -> dict[str, list[np.ndarray]]:
    """The weights of a model's layers by their names, each layer's as Keras orders them; in float32 at least,
    as NumPy has no bfloat16."""
    return {layer.name: list(map(_wide, layer.get_weights())) for layer in model.layers if layer.weights}


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype("float32") if array.dtype.itemsize == 2 else array


def assign(
    model: keras.Model, layers: Mapping[str, Sequence[np.ndarray]], data_format: str = "channels_last"
) -> None:
    """Put arrays, channels last as a plan has its weights, into the layers of these names.

    `data_format` is the one that the model computes in, between its input and its outputs.
    """
    for name, arrays in layers.items():
        layer = model.get_layer(name)
        if data_format == "channels_first" and type(layer).__name__ == "PReLU":
            # Only these weights have another order of axes there.
            arrays = [array.transpose(-1, *range(array.ndim - 1)) for array in arrays]
        layer.set_weights(arrays)
