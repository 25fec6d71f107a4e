"""A transposed convolution and the convolution after it as one, on the small tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, AppendOnes, Concat, Conv, Crop, Op, TransposedConv
from unetgen.rewrites.graph import Arrays, Change, Graph
from unetgen.rewrites.rewrite import Rewrite

if TYPE_CHECKING:
    import numpy as np

LARGE_GROWTH = 2**20
"""A kernel that grows by fewer weights stays cheap to read."""
MACS_OF_A_WEIGHT = 200
"""So many multiply-accumulates take about as long as bringing one weight of a large kernel into the order
that TensorFlow's kernels want: of compositions of 256 to 1024 channels in bfloat16 those that saved more ran
0 to 31 % faster, and those that saved less up to 36 % slower (2 cores with AVX512, TensorFlow 2.21)."""


class ComposeTransposed(Rewrite):
    """For inference: two convolutions with nothing in between are one, whose kernel is their composition.

    Taken where the transposed kernel is as large as its strides `s`, directly or as one tensor of a
    concatenation. Its value is ``u[s * i + p] = T[p] x[i] + b`` on each axis: one tap a position, and none
    that its padding cuts off, which would be missing at the borders. The convolution of it,
    ``y[o] = sum over t of W[t] u[o + t - before]`` with `k` taps, is the transposed convolution of `x` with

        G[q] = sum over p - t + k - 1 = q of W[t] T[p],

    ``s + k - 1`` taps an axis, cut to what the padding leaves. For odd `k`, Keras's "same" cuts a transposed
    convolution as "same" does here; "valid" leaves ``(k - 1) / 2`` positions fewer at each end. Of 8 x 27
    multiplications a position of `x` in 3D, 64 remain, and those of the transposed convolution go. The
    other tensors are convolved by themselves, and the two are added.

    The bias `b` passes through as many taps as lie inside: under "same" padding it is the kernel of one more
    channel of `x`, of ones; else part of the convolution's bias. A second one, whose kernel is zero, makes
    the channels even: TensorFlow takes them by pairs in 16 bits, and twice as long to arrange the weights for
    an odd number (oneDNN, TensorFlow 2.21).

    Args:
        orders_weights: whether the runtime brings weights into an order of its own in each call. Then a
            composed kernel that is much larger has to save `MACS_OF_A_WEIGHT` for each weight that it adds,
            which it does unless its tensors are small.
    """

    name = "compose transposed convolution and convolution"
    guarantee = "rounding"
    for_training = False

    def __init__(self, orders_weights: bool = False) -> None:
        self.orders_weights = orders_weights

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if type(node.op) is not Conv or node.name in graph.shared or not _composes(node.op):
                continue
            joined = graph[node.inputs[0]]
            is_joined = type(joined.op) is Concat and graph.only_use(joined.name)
            names = joined.inputs if is_joined else node.inputs
            for up in map(graph.__getitem__, names):
                if _is_single_tap(up.op) and graph.only_use(up.name) and up.name not in graph.shared:
                    place = _Composition(graph, node, names, up)
                    if not self.orders_weights or place.is_worth_its_weights():
                        yield place.change()


def _composes(conv: Conv) -> bool:
    plain = max(*conv.strides, *conv.dilation, conv.groups) == 1 and conv.activation is None
    return plain and all(size % 2 for size in conv.kernel)


def _is_single_tap(op: Op) -> bool:
    return isinstance(op, TransposedConv) and op.kernel == op.strides and op.groups == 1


@dataclass(frozen=True)
class _Composition:
    """One place: the convolution `node` over the tensors `names`, of which `up` is composed with it."""

    graph: Graph
    node: Node
    names: tuple[str, ...]
    up: Node

    @property
    def conv(self) -> Conv:
        assert isinstance(self.node.op, Conv)
        return self.node.op

    @property
    def transposed(self) -> TransposedConv:
        assert isinstance(self.up.op, TransposedConv)
        return self.up.op

    @property
    def others(self) -> list[Node]:
        """What else is concatenated."""
        return [self.graph[name] for name in self.names if name != self.up.name]

    @property
    def is_wide(self) -> bool:
        """Whether the convolution sees more than one position."""
        return max(self.conv.kernel) > 1

    @property
    def is_cropped(self) -> bool:
        return self.conv.padding == "valid" and self.is_wide

    @property
    def has_ones(self) -> bool:
        """Whether the transposed convolution's bias passes through fewer taps at the borders."""
        return self.transposed.use_bias and self.conv.padding == "same" and self.is_wide

    @property
    def use_bias(self) -> bool:
        """Whether something is added everywhere."""
        return self.conv.use_bias or (self.transposed.use_bias and not self.has_ones)

    @property
    def composed_name(self) -> str:
        is_last = not self.others and not self.is_cropped
        return self.node.name if is_last else self.up.name

    @property
    def others_name(self) -> str:
        return self._free(f"{self.node.name}_others")

    def change(self) -> Change:
        nodes = self._of_small()
        if self.others:
            nodes += self._of_others()
            parts = nodes[-1].name, self.up.name if not self.is_cropped else self._cropped_name
            nodes.append(replace(self.node, op=Add(), inputs=parts))
        gone = tuple(dict.fromkeys((self.up.name, *self.node.inputs, self.node.name)))
        return Change(gone, tuple(nodes), (self.node.name, self.node.name), self.carry)

    def is_worth_its_weights(self) -> bool:
        """Whether it takes longer to multiply than to bring the additional weights along."""
        plan, nodes = self.graph.plan, self.change().nodes
        specs = {node.name: node.spec for node in (*plan.nodes, *nodes)}
        given = [(node.op, tuple(specs[name] for name in node.inputs)) for node in nodes]
        gone = self.node, self.up
        saved = sum(map(plan.macs_of, gone)) - sum(op.macs(inputs) for op, inputs in given)
        weights = sum(weight.size for op, inputs in given for weight in op.weights(inputs))
        added = weights - sum(map(plan.params_of, gone))
        return added < LARGE_GROWTH or saved >= MACS_OF_A_WEIGHT * added

    def _of_small(self) -> list[Node]:
        """What comes of the small tensor: perhaps with ones, then convolved, perhaps cropped."""
        nodes: list[Node] = []
        source = self.graph[self.up.inputs[0]]
        if self.has_ones:
            ones = AppendOnes(2 - source.spec.channels % 2)
            source = self._at_up(self._free(f"{self.up.name}_ones"), ones, source)
            nodes.append(source)
        strides, kernel = self.transposed.strides, self.conv.kernel
        composed = TransposedConv(
            self.conv.filters,
            tuple(stride + size - 1 for stride, size in zip(strides, kernel, strict=True)),
            strides,
            use_bias=self.use_bias and not self.others,
        )
        nodes.append(self._at_up(self.composed_name, composed, source))
        if self.is_cropped:
            ends = tuple((size // 2, size // 2) for size in kernel)
            nodes.append(self._at_up(self._cropped_name, Crop(ends), nodes[-1]))
        return nodes

    @property
    def _cropped_name(self) -> str:
        return self._free(f"{self.up.name}_cropped") if self.others else self.node.name

    def _of_others(self) -> list[Node]:
        """The convolution of the other tensors, which has the bias, as backends fuse them."""
        nodes: list[Node] = []
        source = self.others[0]
        if len(self.others) > 1:
            spec = Concat().infer(tuple(other.spec for other in self.others))
            names = tuple(other.name for other in self.others)
            source = replace(self.graph[self.node.inputs[0]], inputs=names, spec=spec)
            nodes.append(source)
        conv = replace(self.conv, use_bias=self.use_bias)
        return [*nodes, replace(self.node, name=self.others_name, op=conv, inputs=(source.name,))]

    def _at_up(self, name: str, op: Op, source: Node) -> Node:
        return Node(name, op, (source.name,), op.infer((source.spec,)), self.up.place)

    def _free(self, name: str) -> str:
        while name in self.graph.plan.by_name:
            name += "_"
        return name

    def carry(self, arrays: Arrays) -> Arrays:
        import numpy as np

        dtype = arrays[self.node.name][0].dtype
        kernel, *bias = (np.asarray(array, np.float64) for array in arrays[self.node.name])
        transposed, *offset = (np.asarray(array, np.float64) for array in arrays[self.up.name])
        first, last = self._channels()
        part, rest = kernel[..., first:last, :], np.delete(kernel, slice(first, last), axis=-2)
        if self.has_ones:
            ones = np.broadcast_to(offset[0][:, None], (*transposed.shape[:-1], 1))
            zeros = np.zeros_like(ones)[..., : 1 - transposed.shape[-1] % 2]
            transposed = np.concatenate([transposed, ones, zeros], axis=-1)
        elif offset:
            bias = [sum(bias) + offset[0] @ part.sum(axis=tuple(range(part.ndim - 2)))]
        composed = [composed_kernel(transposed, part)]
        carried = {self.composed_name: composed}
        if self.others:
            carried[self.others_name] = [rest, *bias]
        else:
            composed += bias
        return {name: [array.astype(dtype) for array in held] for name, held in carried.items()}

    def _channels(self) -> tuple[int, int]:
        """From where to where the transposed convolution's channels reach in those of what is convolved."""
        before = self.names[: self.names.index(self.up.name)]
        first = sum(self.graph[name].spec.channels for name in before)
        return first, first + self.up.spec.channels


def composed_kernel(transposed: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The kernel of a transposed convolution and then a convolution, as Keras has those.

    Args:
        transposed: ``(*strides, channels between, channels)``.
        kernel: ``(*size, channels between, filters)``.

    Returns:
        ``(*(strides + size - 1), filters, channels)``.
    """
    import numpy as np

    dims = kernel.ndim - 2
    sizes, strides = kernel.shape[:dims], transposed.shape[:dims]
    shape = [stride + size - 1 for stride, size in zip(strides, sizes, strict=True)]
    total = np.zeros((*shape, kernel.shape[-1], transposed.shape[-1]))
    for tap in np.ndindex(*sizes):
        # Tap t reads, from output o, what lies t after it; seen from there, o lies t before.
        starts = [size - 1 - t for size, t in zip(sizes, tap, strict=True)]
        place = tuple(slice(start, start + stride) for start, stride in zip(starts, strides, strict=True))
        total[place] += kernel[tap].T @ transposed
    return total
