"""From a config to its compiled Keras model: where the config's side and the emitters meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import objectives
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan

if TYPE_CHECKING:
    import keras


def build_model(config: UNetConfig, plan: Plan | None = None) -> keras.Model:
    """The compiled model; `plan` is that of `config`, where the caller has it already."""
    from unetgen.emit.keras_layers import Emission
    from unetgen.emit.keras_model import CompileCalls, build, compile_model

    plan = plan or lower(config)
    emission = Emission(config.input.data_format, config.seed, config.execution.precision)
    layout = None if config.execution.layout == "declared" else config.execution.layout
    every = objectives(config)
    model = build(plan, config.name, emission, layout, {each.name: each.outputs for each in every})
    arguments = [each.training.compile_arguments(each.context) for each in every]
    optimizer = config.compile.optimizer.keras()
    if config.execution.precision == "mixed_float16":
        # Keras scales the loss by itself only where the whole model has this policy, the outputs included.
        optimizer = Call("keras.optimizers.LossScaleOptimizer", {"inner_optimizer": optimizer})
    return compile_model(
        model,
        CompileCalls(
            optimizer=optimizer,
            losses=[
                one["loss"] for each, one in zip(every, arguments, strict=True) for _ in range(each.outputs)
            ],
            loss_weights=[weight for each in every for weight in each.loss_weights],
            metrics=[one["metrics"] for one in arguments],
            outputs=[each.outputs for each in every],
            jit_compile=config.compile.jit_compile,
        ),
    )


def built_with_optimizer(config: UNetConfig, plan: Plan) -> keras.Model:
    """The compiled model with its optimizer's state made, as after a first step.

    Saved without that state, a compiled model makes Keras warn whenever it is loaded.
    """
    model = build_model(config, plan)
    model.optimizer.build(model.trainable_variables)
    return model


def assign(model: keras.Model, layers: Mapping[str, Sequence[Any]]) -> None:
    """Put arrays, channels last as a plan has its weights, into the layers of these names."""
    for name, arrays in layers.items():
        layer = model.get_layer(name)
        shapes = [tuple(weight.shape) for weight in layer.weights]
        # Only the slopes of a PReLU have another order of axes under channels_first.
        layer.set_weights(
            [
                a if a.shape == shape else a.transpose(-1, *range(a.ndim - 1))
                for a, shape in zip(arrays, shapes, strict=True)
            ]
        )
