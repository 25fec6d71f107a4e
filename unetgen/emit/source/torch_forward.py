"""The bodies of a printed PyTorch module: what it makes, and what it computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from unetgen.emit.source.expression import applied, arguments
from unetgen.emit.source.functions import Function, SourceLine
from unetgen.emit.source.layout import Code, called, joined, statement
from unetgen.emit.source.step import Argument, Constant, Made, Name, SourceStep
from unetgen.emit.source.torch_modules import attributes, is_module
from unetgen.plan.ops import Activation, Norm, PRelu


def class_name(function: Function) -> str:
    """The name of the module that a function of words with underscores is."""
    return "".join(word.title() for word in function.name.split("_"))


def making(lines: Sequence[SourceLine]) -> Iterator[str]:
    """The lines of ``__init__`` that make the layers of a body."""
    names = attributes(lines)
    for line in lines:
        if line.label not in names or line.layer_of is not None:
            continue
        if line.function is not None:
            code: Code = called(class_name(line.function), *arguments(line.arguments))
        else:
            assert line.step.layer is not None
            code = called(line.step.layer.name, *arguments(line.step.layer.arguments))
        yield from statement(2, f"self.{names[line.label]} = ", code)


def parameters_used(lines: Sequence[SourceLine]) -> tuple[str, ...]:
    """The parameters that ``forward`` needs, and not the layers alone."""
    found: dict[str, None] = {}
    for line in lines:
        given = line.step.function.arguments if line.step.function else ()
        if line.function is not None and not is_module(line.function):
            given += line.arguments
        found |= {each.value.text: None for each in given if isinstance(each.value, Name)}
    return tuple(found)


def _is_around(line: SourceLine) -> bool:
    """Whether it is written around the layer whose output it takes: a norm or an activation."""
    if line.node is None or line.step.suffix:
        return False
    is_function = line.step.function is not None and line.step.layer is None
    return isinstance(line.node.op, Norm | PRelu) or (isinstance(line.node.op, Activation) and is_function)


class Forward:
    """The computing of a body: one line for each step, an activation around what it activates."""

    def __init__(self, lines: Sequence[SourceLine], results: Sequence[str], is_method: bool = True) -> None:
        self.names = attributes(lines)
        self.is_method = is_method
        self.inner: dict[str, SourceLine] = {}
        self.lines = list(self._nested(lines, results))

    def _nested(self, lines: Sequence[SourceLine], results: Sequence[str]) -> Iterator[SourceLine]:
        """The lines, a layer with the norm and the activation behind it as one."""
        uses = [source for line in lines for source in line.inputs]
        waiting: SourceLine | None = None
        for line in lines:
            if waiting is not None and _is_around(line) and line.inputs == (waiting.output,):
                self.inner[line.output] = waiting
                line = replace(line, inputs=waiting.inputs)
            elif waiting is not None:
                yield waiting
            waiting = line
            is_single = uses.count(line.output) == 1 and line.output not in results
            if not (is_single and self._is_called(line)):
                yield line
                waiting = None
        if waiting is not None:
            yield waiting

    def _is_called(self, line: SourceLine) -> bool:
        """Whether it is a layer's call without anything around."""
        return (line.label in self.names or line.layer_of is not None) and not line.step.suffix

    def code(self, line: SourceLine, variables: Mapping[str, str]) -> Code:
        """What `line` computes of variables."""
        return self._code(line, [variables[source] for source in line.inputs])

    def _code(self, line: SourceLine, inputs: Sequence[Code]) -> Code:
        inner = self.inner.get(line.output)
        return self._plain(line, inputs if inner is None else [self._code(inner, inputs)])

    def _plain(self, line: SourceLine, inputs: Sequence[Code]) -> Code:
        if line.function is not None:
            if not is_module(line.function):
                own = arguments(self._stored(line.arguments))
                return called(line.function.name, *inputs, *own)
            return called(f"self.{self.names[line.label]}", *inputs)
        layer = None
        if line.step.layer is not None:
            label = line.label if line.layer_of is None else line.layer_of
            layer = joined(f"self.{self.names[label]}")
        return applied(self._of_self(line), inputs, layer)

    def _of_self(self, line: SourceLine) -> SourceStep:
        function = line.step.function
        if function is None:
            return line.step
        return replace(line.step, function=Made(function.name, self._stored(function.arguments)))

    def _stored(self, given: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """The arguments with a module's parameters as its attributes."""
        if not self.is_method:
            return given
        return tuple(
            replace(each, value=Constant(f"self.{each.value.text}")) if isinstance(each.value, Name) else each
            for each in given
        )
