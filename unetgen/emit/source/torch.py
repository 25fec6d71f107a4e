"""A design as a PyTorch source: modules for what repeats, and ``UNet``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.config.design import Design
from unetgen.emit.source.freezing import TORCH_CALLS, torch_freezing
from unetgen.emit.source.functions import Function, Program
from unetgen.emit.source.header import header
from unetgen.emit.source.layout import WIDTH, Bracketed, called, statement
from unetgen.emit.source.literals import literal
from unetgen.emit.source.refusing import require_printable
from unetgen.emit.source.sections import sections
from unetgen.emit.source.torch_forward import Forward, class_name, making, parameters_used
from unetgen.emit.source.torch_helpers import torch_helpers
from unetgen.emit.source.torch_initializers import Initializers, initializers
from unetgen.emit.source.torch_modules import is_module, module_paths, torch_program
from unetgen.emit.source.torch_steps import require_known
from unetgen.emit.source.variables import input_names, of_network, variables
from unetgen.emit.source.words import words_of
from unetgen.plan.graph import Plan

RESERVED = ("torch", "nn", "self", "initialize", "network")
TENSOR = "Tensor"


def torch_source(design: Design) -> str:
    """The text of a file with the network of `design` as ``class UNet(nn.Module)``, and PyTorch alone.

    Channels come first, as PyTorch has them. With the same weights it computes what Keras does, within
    rounding. Raises `UnetgenError` with all that a source cannot say.
    """
    require_printable(design, "torch-source", ("float32",))
    require_known(design.plan)
    given, written = torch_program(design.plan)
    lines = [*written.main, *(line for function in written.functions for line in function.body)]
    helpers = [name for line in lines for name in line.step.helpers]
    started = initializers(design.plan, module_paths(design.plan))
    parts = [
        "\n".join(header(design, "PyTorch", design.plan.trainable_params)),
        "import torch\nfrom torch import Tensor, nn",
        *torch_helpers(helpers, design.plan.input.spec.dims),
        *started.functions,
        *("\n".join(_function(function, given.plan, written)) for function in written.functions),
        "\n".join(_network(given.plan, written, started, design)),
        "\n".join(_main(given.plan, design.config.seed)),
    ]
    return f"{parts[0]}\n\n" + "\n\n\n".join(parts[1:]) + "\n"


def _function(function: Function, plan: Plan, written: Program) -> Iterator[str]:
    """A module, or a plain function where it has no layers."""
    unit = function.unit
    given = input_names(unit.inputs, [plan.by_name[name].place.side for name in unit.inputs])
    own = [
        f"{one.name}: {one.annotation}" + ("" if one.default is ... else f" = {literal(one.default)}")
        for one in function.parameters
    ]
    tensors = [f"{name}: {TENSOR}" for name in given.values()]
    reserved = [
        *RESERVED,
        *(each.name for each in written.functions),
        *(each.name for each in function.parameters),
    ]
    forward = Forward(function.body, [unit.output], is_module(function))
    depth = 2 if is_module(function) else 1
    if is_module(function):
        yield f"class {class_name(function)}(nn.Module):"
        yield f'    """{words_of(function)}"""'
        yield ""
        yield from statement(1, "def ", called("__init__", "self", *own), after=" -> None:")
        yield "        super().__init__()"
        yield from (f"        self.{name} = {name}" for name in parameters_used(function.body))
        yield from making(function.body)
        yield ""
        yield from statement(1, "def ", called("forward", "self", *tensors), after=f" -> {TENSOR}:")
    else:
        yield from statement(0, "def ", called(function.name, *tensors, *own), after=f" -> {TENSOR}:")
        yield f'    """{words_of(function)}"""'
    names = variables(forward.lines, given, [unit.output], reserved)
    for line in forward.lines:
        is_last = line is forward.lines[-1] and line.output == unit.output
        before = "return " if is_last else f"{names[line.output]} = "
        yield from statement(depth, before, forward.code(line, names))
    if forward.lines[-1].output != unit.output:
        yield f"{'    ' * depth}return {names[unit.output]}"


def _network(plan: Plan, written: Program, started: Initializers, design: Design) -> Iterator[str]:
    """The class of the whole network."""
    forward = Forward(written.main, plan.outputs)
    reserved = [*RESERVED, *(function.name for function in written.functions)]
    names = variables(
        forward.lines,
        {plan.input.name: "x"},
        plan.outputs,
        reserved,
        lambda line: of_network(plan.by_name[line.output].place),
    )
    yield "class UNet(nn.Module):"
    yield from _interface(plan)
    yield ""
    yield "    def __init__(self) -> None:"
    yield "        super().__init__()"
    yield from making(written.main)
    yield from started.lines
    yield from TORCH_CALLS if design.frozen else ()
    yield from torch_freezing(design)
    yield ""
    result = TENSOR if len(plan.outputs) == 1 else f"tuple[{TENSOR}, ...]"
    yield f"    def forward(self, x: {TENSOR}) -> {result}:"
    outputs = list(plan.outputs)
    for index, (title, lines) in enumerate(sections(forward.lines, plan)):
        if index:
            yield ""
        yield f"        # {title}"
        for line in lines:
            is_last = outputs == [line.output] and line is forward.lines[-1]
            comment = literal(plan.by_name[line.output].spec.open_shape("channels_first"))
            before = "return " if is_last else f"{names[line.output]} = "
            yield from statement(2, before, forward.code(line, names), comment)
    if outputs != [forward.lines[-1].output]:
        yield ""
        yield from _returned([names[output] for output in outputs])


def _returned(names: Sequence[str]) -> list[str]:
    """The last lines, which return several tensors, or one that an earlier line has made."""
    line = f"        return {', '.join(names)}"
    return [line] if len(line) <= WIDTH else statement(2, "return ", Bracketed(tuple(names), is_split=True))


def _interface(plan: Plan) -> Iterator[str]:
    """The docstring: which shapes go in and come out."""
    shapes = [
        _with_batch(plan.by_name[name].spec.shape("channels_first"))
        for name in (plan.input.name, *plan.outputs)
    ]
    first = f"Maps {shapes[0]} to {shapes[1]}; channels come first."
    if len(shapes) == 2:
        yield f'    """{first}"""'
        return
    if len(set(shapes[1:])) == 1:
        yield f'    """Maps {shapes[0]} to {len(shapes) - 1} outputs of {shapes[1]}; channels come first."""'
        return
    yield f'    """Maps {shapes[0]} to {len(shapes) - 1} outputs; channels come first.'
    yield ""
    yield "    They are"
    yield from (f"    {shape}{'.' if shape is shapes[-1] else ','}" for shape in shapes[1:])
    yield '    """'


def _with_batch(shape: Sequence[int | None]) -> str:
    return f"(batch, {', '.join('any' if size is None else str(size) for size in shape)})"


def _main(plan: Plan, seed: int) -> Iterator[str]:
    """What the file does when it is run."""
    shape = (1, *plan.input.spec.shape("channels_first"))
    yield 'if __name__ == "__main__":'
    yield f"    torch.manual_seed({seed})"
    yield "    network = UNet().eval()"
    yield "    print(network)"
    yield '    print(f"{sum(each.numel() for each in network.parameters()):,} parameters")'
    yield "    with torch.inference_mode():"
    if len(plan.outputs) == 1:
        yield f"        print(tuple(network(torch.zeros{literal(shape)}).shape))"
    else:
        yield f"        print([tuple(each.shape) for each in network(torch.zeros{literal(shape)})])"
