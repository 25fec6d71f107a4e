"""Max pooling before a monotone activation instead of after it: the activation of fewer values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.ops import Activation, Pool
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite

_STEPWISE = frozenset({"hard_tanh", "leaky_relu", "linear", "relu", "relu6"})
"""Made of comparisons, sums and products, each of which is monotone as it is rounded."""
_SMOOTH = frozenset({"celu", "elu", "exponential", "hard_sigmoid", "log_sigmoid", "selu", "sigmoid"}) | {
    "softplus",
    "softsign",
    "tanh",
}
"""Increasing, but libraries approximate them, and may round two neighbours into the wrong order."""


class _PoolFirst(Rewrite):
    """``max(f(x)) == f(max(x))`` for an `f` that never decreases, over any window and any padding.

    The pooling must be all that uses the activation. For inference: where rounding makes two values of a
    window equal by the activation, the gradient would go to the other one.
    """

    for_training = False

    def changes(self, graph: Graph) -> Iterator[Change]:
        for pool in graph.plan.nodes:
            if not isinstance(pool.op, Pool) or pool.op.reduction != "max":
                continue
            node = graph[pool.inputs[0]]
            if not isinstance(node.op, Activation) or not self._takes(node.op):
                continue
            if graph.only_use(node.name) and pool.name not in graph.plan.outputs:
                before = replace(pool, inputs=node.inputs)
                after = replace(node, inputs=(pool.name,), spec=pool.spec)
                yield Change((node.name, pool.name), (before, after), (pool.name, node.name))

    @abstractmethod
    def _takes(self, activation: Activation) -> bool:
        """Whether the activation never decreases, as this rewrite guarantees it."""


class PoolBeforeActivation(_PoolFirst):
    """Max pooling before a piecewise linear activation: equal bit for bit."""

    name = "max pooling before the activation"
    guarantee = "bitwise"

    def _takes(self, activation: Activation) -> bool:
        options = activation.options
        # Below its threshold a ReLU is 0 or less, at it as large as the threshold.
        rises = options.get("negative_slope", 0) >= 0 and options.get("threshold", 0) >= 0
        return activation.name in _STEPWISE and rises


class PoolBeforeSmoothActivation(_PoolFirst):
    """Max pooling before a smooth increasing activation: equal to rounding."""

    name = "max pooling before the smooth activation"
    guarantee = "rounding"

    def _takes(self, activation: Activation) -> bool:
        return activation.name in _SMOOTH and activation.options.get("alpha", 1) > 0
