"""Memory of weights, inference and training: one step played through as TensorFlow plays it on a CPU.

The step allocates and frees every tensor of the forward and the backward pass in their order, in a model of
TensorFlow's allocator; what that ever touched stays resident. Which tensors an op takes besides its output is
its own `workspace`. They and the order were read off allocation traces of Keras 3.15 and TensorFlow 2.21;
``python -m benchmarks --only memory`` compares the sums with measured peaks. Not modelled: other backends,
GPUs, XLA over the whole step, the user's own arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from unetgen.analysis.allocator import MIB, Heap
from unetgen.plan.cheap import CheapBlock
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops.workspace import Kept, Reuse

BYTES = {"float32": 4, "float64": 8, "mixed_bfloat16": 2, "mixed_float16": 2}
"""Bytes of one activation, by precision."""
TRAIN_OVERHEAD, INFERENCE_OVERHEAD = 150 * MIB, 45 * MIB
"""Resident besides tensors: the traced graph, threads, oneDNN's primitives. Measured as the peak less what
the allocator touched: 113 to 215 MiB in a training step of eight networks, 36 to 97 in a prediction."""
XLA_OVERHEAD = 100 * MIB
"""The same for XLA's compiler, which Keras calls for 3D convolutions of channels_first on a CPU."""
LOSS_TENSORS = 8
"""Tensors of the output's size between the forward and the backward pass, in a categorical cross-entropy:
target, normalized, clipped and logarithmic prediction, their products and reciprocals."""
NOTHING = CheapBlock()
THREADS = 2
"""Convolutions running at once; each holds its kernel in oneDNN's own layout, outside the allocator."""


@dataclass(frozen=True)
class Memory:
    """Predicted bytes: of the weights alone, of a forward pass, of a training step."""

    weights_bytes: int
    inference_bytes: int
    train_bytes: int


def memory(
    plan: Plan,
    batch: int = 1,
    precision: str = "float32",
    slots_per_weight: int = 2,
    data_format: str = "channels_last",
    frozen: Collection[str] = (),
    is_for_predictions: bool = False,
    twice: CheapBlock = NOTHING,
) -> Memory:
    """Peak bytes above an idle interpreter with Keras imported, for `batch` samples.

    The optimizer keeps `slots_per_weight` copies of a trainable weight; `data_format` is the layout that
    the model computes in, and `frozen` names layers that do not learn: they have no copies and no gradients,
    and what stands before all that learns keeps nothing for the backward pass. A prediction is that of a
    model without optimizer. One that is made for predictions keeps weights as they are multiplied. A training
    step makes what is inside the block `twice` two times.
    """
    xla = XLA_OVERHEAD * (plan.input.spec.dims == 3 and data_format == "channels_first")
    start = _Start(plan, batch, precision, data_format, frozen, is_for_predictions, twice)
    largest = max(
        (w.size * start.bytes_a_weight(node) for node in plan.nodes for w in plan.weights(node)), default=0
    )
    inference, train = _play(start).resident, _play(start, slots_per_weight).resident
    return Memory(
        weights_bytes=sum(plan.params_of(node) * start.bytes_a_weight(node) for node in plan.nodes),
        inference_bytes=inference + INFERENCE_OVERHEAD + xla + THREADS * largest,
        train_bytes=train + TRAIN_OVERHEAD + xla + THREADS * largest,
    )


def play(
    plan: Plan,
    batch: int,
    precision: str,
    data_format: str,
    slots: int | None = None,
    twice: CheapBlock = NOTHING,
) -> Heap:
    """The allocator after a prediction, or after a training step with `slots` copies of each weight."""
    return _play(_Start(plan, batch, precision, data_format, twice=twice), slots)


def _play(start: _Start, slots: int | None = None) -> Heap:
    step = _Step(start, training=slots is not None)
    if slots is not None:
        step.hold_slots(slots)
    step.forward()
    if slots is not None:
        step.backward()
    return step.heap


class _Start:
    """What a prediction and a training step have in common: each tensor's size and uses, and the weights."""

    def __init__(
        self,
        plan: Plan,
        batch: int,
        precision: str,
        data_format: str,
        frozen: Collection[str] = (),
        is_for_predictions: bool = False,
        twice: CheapBlock = NOTHING,
    ) -> None:
        self.plan, self.batch, self.twice = plan, batch, twice
        self.value, self.wide = BYTES[precision], max(BYTES[precision], 4)
        self.is_for_predictions = is_for_predictions
        self.xla = data_format == "channels_first" and plan.input.spec.dims == 3
        self.elements = {node.name: node.spec.elements for node in plan.nodes}
        self.uses = Counter(name for node in plan.nodes for name in node.inputs)
        self.uses.update(plan.outputs)
        self.weight_bytes = {
            node.name: self.bytes_a_weight(node) * params
            for node in plan.nodes
            if (params := plan.trainable_params_of(node))
        }
        self.learning = {name: size for name, size in self.weight_bytes.items() if name not in frozen}
        self.reached: set[str] = (
            set()
        )  # tensors with a learning weight before them: only these have gradients
        for node in plan.nodes:
            if _owner(node) in self.learning or not self.reached.isdisjoint(node.inputs):
                self.reached.add(node.name)
        self.workspaces = {node.name: node.op.workspace(plan.input_specs(node)) for node in plan.nodes}
        self.heap = Heap()
        for size in self.weight_bytes.values():
            initial = self.heap.alloc(size)  # copied into the variable
            self.heap.alloc(size)
            self.heap.free(initial)

    def bytes_a_weight(self, node: Node) -> int:
        """Bytes in which one weight of `node` is kept."""
        is_rounded = self.is_for_predictions and node.op.rounds_weights
        return self.value if is_rounded else self.wide


def _owner(node: Node) -> str:
    """The node whose weights `node` uses: its own, or another's."""
    return node.weights_of or node.name


@dataclass(slots=True)
class _Buffer:
    start: int
    uses: int


class _Step:
    """The tensors of one step; a buffer lives until its last use."""

    def __init__(self, start: _Start, training: bool) -> None:
        self.plan, self.batch, self.training = start.plan, start.batch, training
        self.value, self.wide, self.xla = start.value, start.wide, start.xla
        has_gradients = training and not start.reached.isdisjoint(start.twice.names)
        self.twice = start.twice if has_gradients else NOTHING
        # A block stands on the input alone, and runs as one.
        first = {self.plan.input.name, *self.twice.names}
        self.nodes = sorted(self.plan.nodes, key=lambda node: node.name not in first)
        self.elements, self.uses = start.elements, start.uses
        self.learning, self.reached, self.workspaces = start.learning, start.reached, start.workspaces
        self.heap = start.heap.copy()
        self.tensors: dict[str, _Buffer] = {}
        self.kept: dict[str, list[_Buffer]] = {}
        self.losses: list[_Buffer] = []

    def hold_slots(self, slots: int) -> None:
        """The optimizer's copies of every weight that learns."""
        for size in self.learning.values():
            for _ in range(slots):
                self.heap.alloc(size)

    def forward(self) -> None:
        """Every node in order, then the loss."""
        zeros = max(workspace.gradient_sum for workspace in self.workspaces.values())
        if self.training and zeros:
            self._new(zeros)
        for node in self.nodes:
            self._run(node, self.training and node.name not in self.twice.names)
            if self.twice.names and node is self.plan.input:
                self.tensors[node.name].uses += 1
        for name in self.plan.outputs if self.training else ():
            size = self.elements[name] * self.batch * self.wide
            self.losses += [_Buffer(self.heap.alloc(size), 1) for _ in range(LOSS_TENSORS)]

    def _run(self, node: Node, is_training: bool) -> None:
        """Its output, and what is kept for its gradients."""
        workspace = self.workspaces[node.name]
        inputs = [self.tensors[name] for name in node.inputs]
        is_kept = is_training and node.name in self.reached
        if is_kept:
            self.kept[node.name] = self._kept(node, inputs)
        if not (is_training and workspace.is_forward_kept):
            self._chain(workspace.forward)
        beside = self._beside(node)
        self.tensors[node.name] = output = self._output(node, inputs)
        self._release(beside)
        if is_kept and node.op.kept in (Kept.OUTPUT, Kept.BOTH):
            output.uses += 1
            self.kept[node.name].append(output)
        self._release(inputs)

    def _run_again(self) -> None:
        """The inner nodes of the block, for the gradients of them and of the ends."""
        nodes = [node for node in self.nodes if node.name in self.twice.names]
        self.uses = Counter(name for node in nodes for name in node.inputs)
        for node in nodes:
            if node.name in self.twice.ends:
                inputs = [self.tensors[name] for name in node.inputs]
                self.kept[node.name] = self._kept(node, inputs)
                self._release(inputs)
                continue
            self.uses[node.name] += 1
            self._run(node, is_training=True)
            self._release([self.tensors[node.name]])

    def backward(self) -> None:
        """Every node in reverse: the gradients of its inputs, then those of its weights."""
        gradients = {name: self._new(self.elements[name]) for name in self.plan.outputs}
        self._release(self.losses)
        late: list[_Buffer] = []
        waiting = len(self.twice.names)
        for node in reversed(self.nodes):
            if waiting and node.name in self.twice.names:
                self._run_again()
                waiting = 0
            if gradient := gradients.pop(node.name, None):
                for name in dict.fromkeys(node.inputs):
                    if name not in self.reached:
                        continue
                    made = self._input_gradient(node, name, gradient)
                    if name in gradients:
                        self._release([gradients[name]])  # the sum is written over one of the two
                    gradients[name] = made
                self._chain(self._backward_chain(node))
                self._release([gradient])
                if size := self.learning.get(_owner(node)):
                    # A weight's gradient and its square; a second thread makes them, one operation late.
                    made_late = [_Buffer(self.heap.alloc(size), 1) for _ in range(2)]
                    self._release(late)
                    late = made_late
            self._release(self.kept.pop(node.name, ()))
        self._release(late)

    def _output(self, node: Node, inputs: list[_Buffer]) -> _Buffer:
        """A new buffer, or that of an input which nothing else needs."""
        workspace, uses = self.workspaces[node.name], self.uses[node.name]
        is_input = workspace.is_identity_in_prediction and not self.training
        for name, buffer in zip(node.inputs, inputs, strict=True) if workspace.is_over_input else ():
            fits = self.elements[name] == self.elements[node.name]
            if is_input or (fits and buffer.uses == 1):
                buffer.uses += uses
                return buffer
        return self._new(self.elements[node.name], uses)

    def _beside(self, node: Node) -> list[_Buffer]:
        """What stands beside the output while it is made."""
        if self._by_xla(node):
            return [self._new(self._xla_transposed(node))]
        workspace = self.workspaces[node.name]
        made = [self._new(workspace.term)] if workspace.term else []
        if workspace.kernels and not self.training:  # where they are kept
            made.append(_Buffer(self.heap.alloc(workspace.kernels * self.value), 1))
        return made

    def _kept(self, node: Node, inputs: list[_Buffer]) -> list[_Buffer]:
        """What the backward pass needs of the inputs, and what was noted for it."""
        kept: list[_Buffer] = []
        workspace = self.workspaces[node.name]
        if node.op.kept in (Kept.INPUTS, Kept.BOTH):
            float32 = workspace.is_in_float32 and self.value < self.wide
            if float32 or (self.xla and workspace.is_copied_for_xla):
                # A copy: in float32 for the statistics, in XLA's layout for the convolution.
                kept.append(self._new(self.elements[node.inputs[0]] * (2 if float32 else 1)))
            else:
                kept += inputs
                for buffer in inputs:
                    buffer.uses += 1
        if workspace.kernels:
            kept.append(_Buffer(self.heap.alloc(workspace.kernels * self.value), 1))
        if workspace.score:
            kept.append(self._new(workspace.score))
        if workspace.is_forward_kept:
            kept += [self._new(count) for count in workspace.forward]
        if workspace.mask:
            kept.append(_Buffer(self.heap.alloc(workspace.mask * self.batch), 1))
        return kept

    def _input_gradient(self, node: Node, name: str, gradient: _Buffer) -> _Buffer:
        over = self.workspaces[node.name].gradient
        if over is Reuse.ALWAYS or (over is Reuse.LAST_USE and gradient.uses == 1):
            gradient.uses += 1
            return gradient
        return self._new(self.elements[name])

    def _backward_chain(self, node: Node) -> Sequence[int]:
        if self._by_xla(node):
            return [max(self.elements[node.inputs[0]], self.elements[node.name]) + self.elements[node.name]]
        workspace = self.workspaces[node.name]
        return workspace.forward[::-1] if workspace.backward is None else workspace.backward

    def _by_xla(self, node: Node) -> bool:
        return self.xla and self.workspaces[node.name].is_transposed_for_xla

    def _xla_transposed(self, node: Node) -> int:
        """Input and output in XLA's layout; a smaller input fits where the output will be."""
        read, written = self.elements[node.inputs[0]], self.elements[node.name]
        return written + (read if read > written else 0)

    def _chain(self, elements: Sequence[int]) -> None:
        last: list[_Buffer] = []
        for count in elements:
            made = self._new(count)
            self._release(last)
            last = [made]
        self._release(last)

    def _new(self, elements: int, uses: int = 1) -> _Buffer:
        return _Buffer(self.heap.alloc(elements * self.batch * self.value), uses)

    def _release(self, buffers: Iterable[_Buffer]) -> None:
        for buffer in buffers:
            buffer.uses -= 1
            if buffer.uses == 0:
                self.heap.free(buffer.start)
