"""A model's weights as the ``state_dict`` of its printed PyTorch network, and back: arrays, without PyTorch.

Kernels are (\\*k, in, out) in Keras and (out, in, \\*k) in PyTorch, transposed ones (\\*k, out, in) and
(in, out, \\*k); neither is flipped. The projections of an attention are matrices there, (out, in).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unetgen.emit.source.torch_modules import module_paths
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Norm, Op, PRelu, Scale, SelfAttention, TransposedConv
from unetgen.plan.ops.base import Weight

Array = npt.NDArray[np.generic]
State = dict[str, Array]
Layers = dict[str, list[Array]]
COUNTER = "num_batches_tracked"
"""How many batches a batch norm has seen: PyTorch counts them, and Keras has nothing like it."""
NAMES: Mapping[type[Op], Mapping[str, str]] = {
    Conv: {"kernel": "weight", "bias": "bias"},
    TransposedConv: {"kernel": "weight", "bias": "bias"},
    Norm: {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    },
    PRelu: {"alpha": "weight"},
    Scale: {"scale": "scale"},
    SelfAttention: {
        f"{ours}_{name}": f"{ours}.{theirs}"
        for ours in ("query", "key", "value", "output")
        for name, theirs in (("kernel", "weight"), ("bias", "bias"))
    },
}
"""PyTorch's names of the weights of each op that has any."""


def state_of(plan: Plan, layers: Mapping[str, Sequence[Array]]) -> State:
    """The ``state_dict`` of the printed network, of arrays by node, each as the plan has its weights."""
    state: State = {}
    for node, path in _modules(plan):
        for weight, array in zip(plan.weights(node), layers[node.name], strict=True):
            state[f"{path}.{_name(node, weight)}"] = np.ascontiguousarray(_to_torch(node, weight, array))
        if isinstance(node.op, Norm) and node.op.method == "batch":
            state[f"{path}.{COUNTER}"] = np.zeros((), np.int64)
    return state


def layers_of(plan: Plan, state: Mapping[str, Array]) -> Layers:
    """The arrays of each node of `plan`, of a ``state_dict`` of its printed network.

    Raises `UnetgenError` with all that is missing, has another shape, or belongs to nothing.
    """
    problems: list[str] = []
    used: set[str] = set()
    layers: Layers = {}
    for node, path in _modules(plan):
        layers[node.name] = []
        for weight in plan.weights(node):
            name = f"{path}.{_name(node, weight)}"
            wanted = _to_torch(node, weight, np.empty(weight.shape, np.bool_)).shape
            used.add(name)
            if name not in state:
                problems.append(f"{name}: is missing")
            elif state[name].shape != wanted:
                problems.append(f"{name}: must be {wanted} (got {state[name].shape})")
            else:
                layers[node.name].append(_to_keras(node, weight, state[name]))
    problems += [f"{name}: belongs to no layer" for name in state if name not in used and COUNTER not in name]
    if problems:
        more = [f"... and {len(problems) - MOST} more"] if len(problems) > MOST else []
        raise UnetgenError("\n".join(["the weights do not fit the config:", *problems[:MOST], *more]))
    return layers


MOST = 12
"""Problems that are told one by one."""


def _modules(plan: Plan) -> Iterator[tuple[Node, str]]:
    """Each node that has weights, with the path of its module."""
    paths = module_paths(plan)
    for node in plan.nodes:
        if plan.weights(node):
            yield node, paths[node.name]


def _name(node: Node, weight: Weight) -> str:
    return NAMES[type(node.op)][weight.name]


def _to_torch(node: Node, weight: Weight, array: Array) -> Array:
    return TO_TORCH.get(type(node.op), _same)(weight, array)


def _to_keras(node: Node, weight: Weight, array: Array) -> Array:
    return np.ascontiguousarray(TO_KERAS.get(type(node.op), _same)(weight, array))


def _same(weight: Weight, array: Array) -> Array:
    return array


def _kernel_to_torch(weight: Weight, array: Array) -> Array:
    if weight.name != "kernel":
        return array
    dims = array.ndim - 2
    return array.transpose(dims + 1, dims, *range(dims))


def _kernel_to_keras(weight: Weight, array: Array) -> Array:
    return array if weight.name != "kernel" else array.transpose(*range(2, array.ndim), 1, 0)


def _slopes_to_torch(weight: Weight, array: Array) -> Array:
    """One slope for each channel in a row; one for each position too with the channels first."""
    is_per_position = array.size > array.shape[-1]
    return array.transpose(-1, *range(array.ndim - 1)) if is_per_position else array.reshape(-1)


def _slopes_to_keras(weight: Weight, array: Array) -> Array:
    return array.reshape(weight.shape) if array.ndim == 1 else array.transpose(*range(1, array.ndim), 0)


def _projection_to_torch(weight: Weight, array: Array) -> Array:
    """(in, heads, key) and (heads, key, out) as matrices, (out, in)."""
    if weight.name.endswith("bias"):
        return array.reshape(-1)
    is_out = weight.name == "output_kernel"
    rows = array.shape[0] * array.shape[1] if is_out else array.shape[0]
    return array.reshape(rows, -1).T


def _projection_to_keras(weight: Weight, array: Array) -> Array:
    return (array if weight.name.endswith("bias") else array.T).reshape(weight.shape)


TO_TORCH: Mapping[type[Op], Callable[[Weight, Array], Array]] = {
    Conv: _kernel_to_torch,
    TransposedConv: _kernel_to_torch,
    PRelu: _slopes_to_torch,
    SelfAttention: _projection_to_torch,
}
TO_KERAS: Mapping[type[Op], Callable[[Weight, Array], Array]] = {
    Conv: _kernel_to_keras,
    TransposedConv: _kernel_to_keras,
    PRelu: _slopes_to_keras,
    SelfAttention: _projection_to_keras,
}
