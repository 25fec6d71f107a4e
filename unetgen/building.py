"""From a config to its compiled Keras model: where the config's side and the emitters meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unetgen.config.checks import output_context
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
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
    model = build(plan, config.name, emission, layout)
    arguments = config.compile.compile_arguments(output_context(config))
    deep = config.head.deep_supervision
    outputs = len(plan.outputs)
    optimizer = arguments["optimizer"]
    if config.execution.precision == "mixed_float16":
        # Keras scales the loss by itself only where the whole model has this policy, the outputs included.
        optimizer = Call("keras.optimizers.LossScaleOptimizer", {"inner_optimizer": optimizer})
    return compile_model(
        model,
        CompileCalls(
            optimizer=optimizer,
            losses=[arguments["loss"]] * outputs,
            loss_weights=deep.loss_weights if deep else (1.0,),
            metrics=[arguments["metrics"], *[[]] * (outputs - 1)],
            jit_compile=arguments["jit_compile"],
        ),
    )


def built_with_optimizer(config: UNetConfig, plan: Plan) -> keras.Model:
    """The compiled model with its optimizer's state made, as after a first step.

    Saved without that state, a compiled model makes Keras warn whenever it is loaded.
    """
    model = build_model(config, plan)
    model.optimizer.build(model.trainable_variables)
    return model
