"""A design as a Keras source: functions for what repeats, and `build_model`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from unetgen.config.design import Design
from unetgen.emit.keras.table import Emission
from unetgen.emit.source.compiling import Compilation, compilation
from unetgen.emit.source.expression import applied, arguments, value
from unetgen.emit.source.freezing import keras_freezing
from unetgen.emit.source.functions import Function, SourceLine, program
from unetgen.emit.source.header import header
from unetgen.emit.source.keras_helpers import keras_helpers
from unetgen.emit.source.keras_steps import (
    DATA_FORMAT,
    Options,
    common_options,
    keras_step,
    with_common_options,
)
from unetgen.emit.source.layout import INDENT, WIDTH, Code, called, joined, listed, statement
from unetgen.emit.source.literals import literal, quoted
from unetgen.emit.source.refusing import require_printable
from unetgen.emit.source.sections import sections
from unetgen.emit.source.variables import input_names, of_network, variables
from unetgen.emit.source.words import words_of

TENSOR = "keras.KerasTensor"
RESERVED = (
    "keras",
    "layers",
    "ops",
    "inputs",
    "outputs",
    "model",
    "name",
    "frozen",
    "layer",
    "build_model",
    "categorical_accuracy",
)


def keras_source(design: Design) -> str:
    """The text of a file that builds the model of `design` with Keras alone, layer by layer the same.

    Its layers have the same names, shapes and weights, and compute the same, bit for bit. Raises
    `UnetgenError` with all that a source cannot say.
    """
    require_printable(design, "keras-source")
    emission = Emission(design.config.input.data_format, None, design.config.execution.precision)
    steps = {node.name: keras_step(design.plan, node, emission) for node in design.plan.nodes[1:]}
    options = common_options(steps.values())
    written = program(design.plan, {name: with_common_options(step, options) for name, step in steps.items()})
    lines = [*written.main, *(line for function in written.functions for line in function.body)]
    helpers = [name for line in lines for name in line.step.helpers]
    compiled = compilation(design)
    texts = [
        *keras_helpers(helpers, emission.data_format),
        *compiled.helpers,
        *_options_function(options),
    ]
    functions = [function.name for function in written.functions]
    parts = [
        "\n".join(header(design, "Keras", design.plan.params)),
        "\n".join(_imports(texts, emission.data_format)),
        *texts,
        *("\n".join(_function(function, functions, design)) for function in written.functions),
        "\n".join(_build_model(design, written.main, functions, compiled)),
        "\n".join(('if __name__ == "__main__":', "    build_model().summary()")),
    ]
    return f"{parts[0]}\n\n" + "\n\n\n".join(parts[1:]) + "\n"


def _options_function(options: Options) -> list[str]:
    """The function that gives the convolutions what they share; no text where there is nothing to share."""
    if not options:
        return []
    lines = [
        "def kernel_options() -> dict[str, object]:",
        '    """How kernels start, and what they add to the loss."""',
        "    return {",
        *(
            line
            for name, option in options
            for line in statement(2, f"{quoted(name)}: ", value(option), after=",")
        ),
        "    }",
    ]
    return ["\n".join(lines)]


def _imports(texts: Sequence[str], data_format: str) -> list[str]:
    uses_ops = any("ops." in text for text in texts)
    constant = [] if data_format == "channels_last" else ["", f"{DATA_FORMAT.text} = {quoted(data_format)}"]
    return ["import keras", f"from keras import layers{', ops' if uses_ops else ''}", *constant]


def _function(function: Function, functions: Sequence[str], design: Design) -> Iterator[str]:
    """The definition of `function`."""
    unit, plan = function.unit, design.plan
    sides = [plan.by_name[source].place.side for source in unit.inputs]
    given = input_names(unit.inputs, sides)
    own = [f"{one.name}: {one.annotation}" for one in function.parameters if one.default is ...]
    later = [
        f"{one.name}: {one.annotation} = {literal(one.default)}"
        for one in function.parameters
        if one.default is not ...
    ]
    parameters = [*(f"{name}: {TENSOR}" for name in given.values()), *own, "name: str", *later]
    yield from statement(0, "def ", called(function.name, *parameters), after=f" -> {TENSOR}:")
    yield f'    """{words_of(function)}"""'
    reserved = [*RESERVED, *functions, *(one.name for one in function.parameters)]
    names = variables(function.body, given, [unit.output], reserved)
    for line in function.body:
        is_last = line is function.body[-1] and line.output == unit.output
        yield from _assigned(line, names, "return " if is_last else "", _inner_name(line.label))
    if function.body[-1].output != unit.output:
        yield f"    return {names[unit.output]}"


def _inner_name(label: str) -> str:
    return f'f"{{name}}_{label}"' if label else "name"


def _assigned(
    line: SourceLine, names: Mapping[str, str], before: str, name: str, comment: str = ""
) -> Iterator[str]:
    """The lines that make the value of `line`."""
    inputs = [names[source] for source in line.inputs]
    before = before or f"{names[line.output]} = "
    if line.function is not None:
        own = list(arguments(line.arguments))
        code: Code = called(line.function.name, *inputs, *own, f"name={name}")
    elif line.layer_of is not None:
        code = applied(line.step, inputs, _layer_variable(line.layer_of))
    else:
        assert line.step.layer is not None
        layer = called(line.step.layer.name, *arguments(line.step.layer.arguments, name))
        if line.is_shared:
            yield from statement(1, f"{_layer_variable(line.label)} = ", layer)
            layer = joined(_layer_variable(line.label))
        code = applied(line.step, inputs, layer)
    yield from statement(1, before, code, comment)


def _layer_variable(label: str) -> str:
    """What a layer is called that is used again."""
    return f"{label or 'main'}_layer"


def _build_model(
    design: Design, main: Sequence[SourceLine], functions: Sequence[str], compiled: Compilation
) -> Iterator[str]:
    """The function that puts all together."""
    config, plan = design.config, design.plan
    data_format = config.input.data_format
    given = {plan.input.name: "inputs"}
    names = variables(
        main,
        given,
        plan.outputs,
        [*RESERVED, *functions],
        lambda line: of_network(plan.by_name[line.output].place),
    )
    if len(plan.outputs) == 1:
        names[plan.outputs[0]] = "outputs"
    yield "def build_model() -> keras.Model:"
    what = f"Build {'and compile ' if compiled.lines else ''}the network."
    yield f'    """{what}' + ('"""' if not compiled.why_not else "")
    if compiled.why_not:
        yield from (
            "",
            *textwrap.wrap(compiled.why_not, WIDTH - 4, initial_indent=INDENT, subsequent_indent=INDENT),
            '    """',
        )
    yield f"    keras.utils.set_random_seed({config.seed})"
    shape = literal(plan.input.spec.open_shape(data_format))
    yield from statement(1, "inputs = ", called("keras.Input", shape, f"name={quoted(plan.input.name)}"))
    for title, lines in sections(main, plan):
        yield ""
        yield f"    # {title}"
        for line in lines:
            spec = plan.by_name[line.output].spec
            comment = literal(spec.open_shape(data_format))
            yield from _assigned(line, names, "", quoted(line.label), comment)
    outputs = [names[output] for output in plan.outputs]
    code = called(
        "keras.Model",
        "inputs",
        outputs[0] if len(outputs) == 1 else listed(outputs),
        f"name={quoted(config.name)}",
    )
    yield ""
    frozen = list(keras_freezing(design))
    if not compiled.lines and not frozen:
        yield from statement(1, "return ", code)
        return
    yield from statement(1, "model = ", code)
    yield from (*frozen, *compiled.lines)
    yield "    return model"
