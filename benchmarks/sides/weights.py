"""Equal weights for networks that others wrote: given in the order in which they compute.

Every network here is a chain but for its skips, which have no weights: the order in which its layers compute
is that of the plan's nodes. A kernel is (\\*k, in, out) in Keras and (out, in, \\*k) in PyTorch, a transposed
one (\\*k, out, in) and (in, out, \\*k): either way the last two axes go to the front, last first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from unetgen.measuring.weights import Weights


def fill_keras(model: Any, weights: Weights) -> None:
    """Give a Keras model that somebody else wrote these weights; a shape that does not fit is an error."""
    # The state of a dropout's random generator is a variable, but no weight.
    layers = [layer for layer in model.layers if any("seed" not in w.path for w in layer.weights)]
    if len(layers) != len(weights):
        raise ValueError(f"{len(layers)} layers with weights in the network, {len(weights)} in the plan")
    for layer, arrays in zip(layers, weights.values(), strict=True):
        layer.set_weights(list(arrays))


def fill_torch(network: Any, weights: Weights, x: Any) -> None:
    """Give a PyTorch network these weights, in the order in which it computes on `x`."""
    import torch

    order: list[Any] = []
    leaves = [m for m in network.modules() if list(m.parameters(recurse=False))]
    hooks = [leaf.register_forward_hook(lambda module, *_: order.append(module)) for leaf in leaves]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    if len(order) != len(weights):
        raise ValueError(f"{len(order)} modules with weights in the network, {len(weights)} in the plan")
    for module, arrays in zip(order, weights.values(), strict=True):
        held = [module.weight, *([module.bias] if module.bias is not None else [])]
        with torch.no_grad():
            for tensor, array in zip(held, arrays, strict=True):
                given = np.moveaxis(array, (-1, -2), (0, 1)) if array.ndim > 1 else array
                if tuple(tensor.shape) != given.shape:
                    raise ValueError(f"{module}: {tuple(tensor.shape)} in the network, {given.shape} given")
                tensor.copy_(torch.from_numpy(np.ascontiguousarray(given)))
