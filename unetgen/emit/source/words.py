"""What a printed function does, as the first line of its docstring."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.emit.source.functions import Function, SourceLine
from unetgen.plan.ops import Activation, Conv, Norm, Op, TransposedConv
from unetgen.plan.ops.fitted import RESIZES

KNOWN = {
    "attention_gate": "Additive attention (Oktay et al. 2018, arXiv 1804.03999)",
    "squeeze_excitation": "Squeeze and excitation (Hu et al. 2018, arXiv 1709.01507)",
}
TIMES = {1: "", 2: ", twice", 3: ", three times", 4: ", four times"}
MOST = 80
"""A longer row of words says less than the name."""


def words_of(function: Function) -> str:
    """Such as ``Convolution, batch norm, relu.``"""
    if function.name in KNOWN:
        return f"{KNOWN[function.name]}."
    words, times = _repeated([_word(line) for line in function.body])
    text = f"{', '.join(words)}{TIMES.get(times, f', {times} times')}"
    if len(text) > MOST:
        text = function.name.rstrip("0123456789").replace("_", " ")
    return f"{text[0].upper()}{text[1:]}."


def _word(line: SourceLine) -> str:
    if line.function is not None:
        return line.function.name.replace("_", " ")
    assert line.node is not None
    return _of_op(line.node.op)


def _of_op(op: Op) -> str:
    """The op without its sizes, in which calls may differ."""
    if isinstance(op, Conv):
        return "grouped convolution" if op.groups > 1 else "convolution"
    if isinstance(op, RESIZES):
        return "resize"
    if isinstance(op, TransposedConv):
        return "grouped transposed convolution" if op.groups > 1 else "transposed convolution"
    if isinstance(op, Norm):
        return f"{op.method} norm"
    if isinstance(op, Activation):
        return op.name.replace("_", " ")
    return op.words().split(" ×")[0].rstrip("0123456789×./+ ")


def _repeated(words: Sequence[str]) -> tuple[Sequence[str], int]:
    """The shortest row whose repetition `words` is, and how often."""
    for length in range(1, len(words)):
        times, rest = divmod(len(words), length)
        if not rest and list(words[:length]) * times == list(words):
            return words[:length], times
    return words, 1
