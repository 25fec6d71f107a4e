"""Which units of a plan become functions of its source, and what each of them takes.

Units are alike where they do the same on the same, but for numbers. Of units that are alike one is printed,
as a function that takes the numbers in which they differ; numbers that never differ from each other are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unetgen.emit.source.naming import named
from unetgen.emit.source.parameters import Parameter, Parameters
from unetgen.emit.source.step import Argument, Made, SourceStep
from unetgen.emit.source.units import Unit, units
from unetgen.plan.graph import Node, Plan

Key = tuple[object, ...]
NOTHING = SourceStep()
"""The step of a line that calls a function."""


@dataclass(frozen=True)
class Function:
    """Units that are alike, as one: `name` is that of a function, in words with underscores."""

    name: str
    unit: Unit
    parameters: tuple[Parameter, ...]
    body: tuple[SourceLine, ...]


@dataclass(frozen=True)
class SourceLine:
    """What one node, or the unit that a function stands for, is in a body.

    `label` is its name in the unit around it, empty for the main node there; `output` and `inputs` are names
    of nodes. A node that uses another's weights has `layer_of`, the label of that one.
    """

    label: str
    output: str
    inputs: tuple[str, ...]
    node: Node | None = None
    step: SourceStep = NOTHING
    function: Function | None = None
    arguments: tuple[Argument, ...] = ()
    layer_of: str | None = None
    is_shared: bool = False
    """Whether others use its weights."""


@dataclass(frozen=True)
class Program:
    """The functions, those that others call first, and the lines that build the network of them."""

    functions: tuple[Function, ...]
    main: tuple[SourceLine, ...]


def program(plan: Plan, steps: Mapping[str, SourceStep]) -> Program:
    """The source of `plan`, whose nodes are what `steps` says of them by name."""
    return _Programming(plan, steps).program()


class _Programming:
    def __init__(self, plan: Plan, steps: Mapping[str, SourceStep]) -> None:
        self.plan, self.steps = plan, steps
        self.root = units(plan)
        self.owners = {node.weights_of for node in plan.nodes}
        self.alike: dict[Key, list[Unit]] = {}
        self.keys: dict[Unit, Key] = {}
        self.numbers: dict[Key, int] = {}
        for child in self.root:
            if isinstance(child, Unit):
                self._note(child)
        self.functions: dict[Key, Function] = {}
        self.taken: dict[Unit, Mapping[str, Argument]] = {}
        self.chosen = self._chosen()

    def program(self) -> Program:
        names = named([self.alike[key] for key in self.chosen], self.plan)
        for key, name in sorted(
            zip(self.chosen, names, strict=True), key=lambda pair: _size(self.alike[pair[0]][0])
        ):
            self.functions[key] = self._function(name, self.alike[key])
        return Program(tuple(self.functions.values()), self._lines(self.root, ""))

    def _note(self, unit: Unit) -> Key:
        """Note what `unit` is like, and all units within it."""
        at = {name: -1 - index for index, name in enumerate(unit.inputs)}
        rows: list[object] = []
        for index, child in enumerate(unit.children):
            if isinstance(child, Unit):
                key = self._note(child)
                number = self.numbers.setdefault(key, len(self.numbers))
                row: tuple[object, ...] = (number, _label(child.prefix, unit.prefix))
                at[child.output] = index
            else:
                row = (_skeleton(self.steps[child.name]), _label(child.name, unit.prefix))
                row += (at.get(child.weights_of or ""),)
                at[child.name] = index
            rows.append((*row, tuple(at[name] for name in child.inputs)))
        key = (*rows, at[unit.output])
        self.keys[unit] = key
        self.alike.setdefault(key, []).append(unit)
        return key

    def _chosen(self) -> list[Key]:
        """The kinds of units that become functions, in the order of their first call."""
        decided: dict[Key, bool] = {}
        for key in sorted(self.alike, key=lambda key: -_size(self.alike[key][0])):
            bodies = [self.root, *(self.alike[one][0].children for one, is_so in decided.items() if is_so)]
            calls = sum(
                isinstance(child, Unit) and self.keys[child] == key
                for body in bodies
                for child in self._flat(body, decided)
            )
            decided[key] = _pays(self.alike[key][0], calls)
        return [key for key in self.alike if decided[key]]

    def _flat(self, children: Sequence[Node | Unit], decided: Mapping[Key, bool]) -> Iterator[Node | Unit]:
        """The children, with those of units in their place that do not become functions."""
        for child in children:
            if isinstance(child, Unit) and not decided.get(self.keys[child], True):
                yield from self._flat(child.children, decided)
            else:
                yield child

    def _function(self, name: str, alike: Sequence[Unit]) -> Function:
        bodies = [self._lines(unit.children, unit.prefix) for unit in alike]
        parameters = Parameters()
        body = []
        for lines in zip(*bodies, strict=True):
            line = lines[0]
            body.append(
                replace(
                    line,
                    step=_merged(parameters, [each.step for each in lines]),
                    arguments=parameters.merged([each.arguments for each in lines]),
                )
            )
        made = parameters.finished()
        for index, unit in enumerate(alike):
            self.taken[unit] = {one.name: one.argument(index) for one in made}
        rename = parameters.renamed
        renamed = tuple(
            replace(line, step=_renamed(line.step, rename), arguments=rename(line.arguments)) for line in body
        )
        return Function(name, alike[0], tuple(made), renamed)

    def _lines(self, children: Sequence[Node | Unit], prefix: str) -> tuple[SourceLine, ...]:
        is_function = {key: key in self.functions for key in self.alike}
        return tuple(self._line(child, prefix) for child in self._flat(children, is_function))

    def _line(self, child: Node | Unit, prefix: str) -> SourceLine:
        if isinstance(child, Unit):
            function = self.functions[self.keys[child]]
            arguments = tuple(self.taken[child].values())
            label = _label(child.prefix, prefix)
            return SourceLine(label, child.output, child.inputs, function=function, arguments=arguments)
        layer_of = None if child.weights_of is None else _label(child.weights_of, prefix)
        step = self.steps[child.name]
        label, is_shared = _label(child.name, prefix), child.name in self.owners
        return SourceLine(
            label, child.name, child.inputs, child, step, layer_of=layer_of, is_shared=is_shared
        )


def _size(unit: Unit) -> int:
    return sum(1 for _ in unit.nodes())


def _label(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).removeprefix("_") if prefix else name


def _skeleton(step: SourceStep) -> Key:
    """All of a step but numbers."""
    return (
        *_made_skeleton(step.layer),
        *_made_skeleton(step.function),
        step.takes,
        step.suffix,
        step.helpers,
    )


def _made_skeleton(made: Made | None) -> Key:
    if made is None:
        return (None,)
    rows = ((each.name, "number" if each.is_number else repr(each.value)) for each in made.arguments)
    return (made.name, *rows)


def _pays(unit: Unit, calls: int) -> bool:
    """Whether a function makes the source shorter, or says what a block is."""
    count = _lines_of(unit)
    inner = [child for child in unit.children if isinstance(child, Unit) and _lines_of(child) > 2]
    if calls < 2 or (inner and len(unit.children) <= 2 and len(inner) == 1):
        return False
    is_block = unit.place.part is None and not unit.place.pieces
    if is_block and count > 1:
        return calls > 2 or count > 2
    return (calls - 1) * count >= calls + 4


def _lines_of(unit: Unit) -> int:
    """How many lines `unit` takes, where longer units within it are calls."""
    counts = (_lines_of(child) if isinstance(child, Unit) else 1 for child in unit.children)
    return sum(count if count < 3 else 1 for count in counts)


def _merged(parameters: Parameters, steps: Sequence[SourceStep]) -> SourceStep:
    return replace(
        steps[0],
        layer=_merged_made(parameters, [step.layer for step in steps]),
        function=_merged_made(parameters, [step.function for step in steps]),
    )


def _merged_made(parameters: Parameters, mades: Iterable[Made | None]) -> Made | None:
    present = [made for made in mades if made is not None]
    if not present:
        return None
    return Made(present[0].name, parameters.merged([made.arguments for made in present]))


def _renamed(step: SourceStep, rename: Callable[[tuple[Argument, ...]], tuple[Argument, ...]]) -> SourceStep:
    layer, function = (
        made and Made(made.name, rename(made.arguments)) for made in (step.layer, step.function)
    )
    return replace(step, layer=layer, function=function)
