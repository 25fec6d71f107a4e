"""RecomputingModel: a functional model that keeps blocks' inputs for the backward pass, not their insides.

Keras has no public way to walk the calls of a functional model's layers, so this file alone reads what Keras
3.15 keeps private: `_inbound_nodes` and `_keras_history`, a node's `arguments` and `input_tensors`, and
`_standardize_inputs`.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from unetgen.layers.checked_model import CheckedModel
from unetgen.layers.tensor import Tensor

Function = Callable[..., tuple[list[Tensor], list[Tensor]]]


@dataclass(frozen=True)
class _Block:
    """Calls of layers that run together; tensors are known by the ids of the symbolic ones."""

    nodes: Sequence[Any]
    sources: Sequence[int]
    """Tensors from before the block that it uses."""
    results: Sequence[int]
    """Its tensors that something behind it uses."""

    @property
    def variables(self) -> list[Any]:
        by_id = {id(v): v for node in self.nodes for v in node.operation.variables}
        return list(by_id.values())


@keras.saving.register_keras_serializable(package="unetgen")
class RecomputingModel(CheckedModel):
    """A functional model that computes blocks a second time in the backward pass (Chen et al. 2016, arXiv
    1604.06174), so that a training step holds what enters and leaves them, and not what is inside.

    Layers, weights and results are those of the plain functional model. A block is computed again from the
    values that its variables had, moving averages and the seeds of dropout included, and moves them once.

    Args:
        inputs, outputs, name, targets: as of `CheckedModel`.
        blocks: of each block the names of its layers, in the order of their calls and as often; a path from
            one of them to another must not leave the block. Without blocks this is a plain model.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        *,
        blocks: Sequence[Sequence[str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self._recomputed_blocks = tuple(tuple(block) for block in blocks)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        if self._recomputed_blocks:
            config["blocks"] = [list(block) for block in self._recomputed_blocks]
        return config

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor = None) -> Tensor:
        if not (self._recomputed_blocks and training):
            return super().call(inputs, training=training, mask=mask)
        self.require_legal(inputs)
        tensors = dict(zip(map(id, self.inputs), self._standardize_inputs(inputs), strict=True))
        for block in _scheduled(self, self._recomputed_blocks):
            values = [tensors[source] for source in block.sources]
            made = _computed(block, values) if len(block.nodes) == 1 else _recomputed(block, values)
            tensors.update(zip(block.results, made, strict=True))
        outputs = [tensors[id(output)] for output in self.outputs]
        return outputs[0] if len(outputs) == 1 else outputs


def _scheduled(model: RecomputingModel, names: Sequence[Sequence[str]]) -> list[_Block]:
    """Every call of a layer, those of a block together, after what it needs."""
    needed = {id(tensor) for tensor in model.outputs}
    blocks = []
    for nodes in reversed(_runs(model, names)):
        made = [id(tensor) for node in nodes for tensor in node.outputs]
        used = dict.fromkeys(id(tensor) for node in nodes for tensor in node.input_tensors)
        sources = [tensor for tensor in used if tensor not in made]
        blocks.append(_Block(nodes, sources, [tensor for tensor in made if tensor in needed]))
        needed.update(sources)
    return blocks[::-1]


def _runs(model: RecomputingModel, names: Sequence[Sequence[str]]) -> list[list[Any]]:
    """The calls of each block, and every other one alone; each run after those that it reads from."""
    calls: Counter[str] = Counter()
    run_of: dict[int, list[Any]] = {}
    for block in names:
        run: list[Any] = []
        for name in block:
            run.append(model.get_layer(name)._inbound_nodes[calls[name]])
            run_of[id(run[-1])] = run
            calls[name] += 1
    order: dict[int, list[Any]] = {}
    waiting = [_maker(tensor) for tensor in reversed(model.outputs)]
    while waiting:
        run = run_of.setdefault(id(waiting[-1]), [waiting[-1]])
        makers = [_maker(tensor) for node in run for tensor in node.input_tensors]
        runs = [(node, run_of.setdefault(id(node), [node])) for node in makers if not node.is_input]
        missing = [node for node, its in runs if its is not run and id(its) not in order]
        waiting += missing
        if not missing:
            order.setdefault(id(run), run)
            waiting.pop()
    return list(order.values())


def _maker(tensor: Any) -> Any:
    """The call of a layer that made a symbolic tensor."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _computed(block: _Block, values: Sequence[Tensor]) -> list[Tensor]:
    """What leaves the block, of what enters it."""
    tensors = dict(zip(block.sources, values, strict=True))
    for node in block.nodes:
        arguments, options = node.arguments.fill_in(tensors)
        if "training" in inspect.signature(node.operation.call).parameters:  # no call's context is open
            options = {**options, "training": True}
        made = keras.tree.flatten(node.operation(*arguments, **options))
        tensors.update(zip(map(id, node.outputs), made, strict=True))
    return [tensors[result] for result in block.results]


def _recomputed(block: _Block, values: Sequence[Tensor]) -> list[Tensor]:
    """As `_computed`, and computed again in the backward pass."""
    trained = [variable for variable in block.variables if variable.trainable]
    states = [variable for variable in block.variables if not variable.trainable]
    state_values = [ops.copy(state) for state in states]  # before they move
    count = len(values)

    def function(*given: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        mapping = [*zip(trained, given[count:], strict=True), *zip(states, state_values, strict=True)]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            made = _computed(block, given[:count])
        return made, [scope.get_current_value(state) for state in states]

    arguments = [*values, *(ops.copy(variable) for variable in trained)]
    made, moved = _remat(function)(*arguments)
    for state, value in zip(states, moved, strict=True):
        state.assign(ops.stop_gradient(value))
    return list(made)


def _remat(function: Function) -> Function:
    """`keras.remat`; under TensorFlow without the copies that its own makes of every argument."""
    if keras.backend.backend() != "tensorflow":
        return keras.remat(function)  # type: ignore[no-any-return]
    import tensorflow

    @tensorflow.custom_gradient  # type: ignore[untyped-decorator]
    def recomputing(*arguments: Tensor) -> tuple[Any, Any]:
        made, moved = function(*arguments)

        def gradient(*upstream: Tensor, variables: Any = None) -> Any:
            # Not before it is needed: else it would be computed, and kept, beside the forward pass.
            with tensorflow.control_dependencies(upstream[: len(made)]):
                again = [tensorflow.identity(argument) for argument in arguments]
            with tensorflow.GradientTape() as tape:
                tape.watch(again)
                results = function(*again)[0]
            gradients = tape.gradient(results, again, list(upstream[: len(made)]))
            return gradients if variables is None else (gradients, [None] * len(variables))

        return (list(made), list(moved)), gradient

    return recomputing  # type: ignore[no-any-return]
