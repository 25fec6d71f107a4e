"""A model card: a README in Markdown that says what a network is, costs and takes, and how to use it.

It says what follows from the config, and leaves the rest to its reader: data, training, results, licence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.analysis.summary import OpenShape, Summary
from unetgen.config.design import Design
from unetgen.config.objectives import Objective
from unetgen.config.resolved import yaml_text
from unetgen.config.shortest import shortest
from unetgen.emit.prose.citations import BibEntry, bibtex
from unetgen.emit.prose.description import description
from unetgen.emit.prose.english import counted, rendered
from unetgen.emit.text.levels import drawn
from unetgen.emit.text.report import frozen_text, legal_text
from unetgen.emit.text.tables import bytes_text, short
from unetgen.plan.tensor import sizes
from unetgen.shell import command_line

_CLASSES = ("sigmoid", "softmax")
_TARGETS = {"one_hot": "a channel for each class", "indices": "class numbers"}


def card(design: Design) -> str:
    """The whole card."""
    summary = Summary(design)
    parts = [
        _front(design),
        f"# {summary.name}",
        " ".join(f"{text}." for text in rendered(description(summary), str, _cite)),
        *_drawing(design),
        "## Cost",
        *_costs(summary),
        "## Input and outputs",
        *_tensors(summary),
        "## Config",
        *_config(summary),
        "## Use",
        *_use(summary.name),
        "## Data, training and results",
        _UNKNOWN,
        "## Sources",
        _fenced("bibtex", _sources(summary)),
    ]
    return "\n\n".join(parts) + "\n"


_UNKNOWN = """\
A config says how a network is built and compiled. On which data it was trained, how well it does, and under
which licence its weights are: add that before you publish them."""


def _front(design: Design) -> str:
    """What model hubs read: only what the config tells."""
    context = design.objectives[0].context
    lines = ["library_name: keras"]
    if design.config.dims > 1 and context.activation in _CLASSES:
        lines.append("pipeline_tag: image-segmentation")
    return "\n".join(["---", *lines, "tags:", "- unet", "- unetgen", "---"])


def _cite(sources: Sequence[BibEntry]) -> str:
    return f" ({'; '.join(entry.short for entry in sources)})"


def _drawing(design: Design) -> Iterator[str]:
    """The levels as text, where they are those of one U."""
    if text := drawn(design.plan):
        yield _fenced("text", text)


def _costs(summary: Summary) -> Iterator[str]:
    params, needs, field = summary.params, summary.memory, summary.receptive_field
    fixed = f", {params.non_trainable:,} of them not trainable" if params.non_trainable else ""
    at = f"for one input of {sizes(summary.input_sizes)}"
    rows = [
        ("parameters", f"{params.total:,} ({bytes_text(needs.weights_bytes)}){fixed}"),
        *([("frozen", frozen_text(summary.design))] if summary.design.frozen else []),
        ("multiply-accumulates", f"{short(summary.macs)} {at}"),
        ("memory for prediction", f"{bytes_text(needs.inference_bytes)} {at}, as predicted"),
        ("memory for training", f"{bytes_text(needs.train_bytes)} {at}, as predicted"),
        ("receptive field", sizes(field) if field else "not computed"),
    ]
    yield _table(("", ""), rows)


def _tensors(summary: Summary) -> Iterator[str]:
    design, shapes = summary.design, iter(summary.output_shapes)
    channels = counted([design.plan.input.spec.channels], "channel")
    rows = [
        ("input", _shape(summary.input_shape), f"{channels}, {summary.data_format.replace('_', ' ')}", "")
    ]
    for objective in design.objectives:
        for place in range(objective.outputs):
            name = "output" if objective is design.objectives[0] else f"task {objective.name}"
            targets = _TARGETS[objective.training.targets(objective.context)]
            said = (_shape(next(shapes)), _meaning(objective), "as the first" if place else targets)
            rows.append((f"{name} {place + 1}" if place else name, *said))
    yield _table(("tensor", "shape", "holds", "targets"), rows)
    legal = legal_text(summary)
    if summary.free_sizes:
        yield f"One model takes all legal sizes: {legal}."
    else:
        yield f"The model takes this size alone. The config can be built for others: {legal}."


def _meaning(objective: Objective) -> str:
    context = objective.context
    activation = "" if context.activation == "linear" else f", {context.activation}"
    return f"{counted([context.num_classes], 'class')}{activation}"


def _config(summary: Summary) -> Iterator[str]:
    data = shortest(summary.design.config)
    yield f"As `{summary.name}.yaml`:"
    yield _fenced("yaml", "\n".join(f"{key}: {yaml_text(value)}" for key, value in data.items()))
    rows = [
        ("fingerprint", f"`{summary.fingerprint}`", "of the architecture"),
        ("digest", f"`{summary.digest}`", "of the whole config"),
    ]
    yield _table(("", "", ""), rows)


def _use(name: str) -> Iterator[str]:
    yield "Build it, check that it is the network of this card, and export a trained one:"
    commands = [
        command_line("unetgen", "build", f"{name}.yaml", "--out", name),
        command_line("unetgen", "check", f"{name}/unetgen.lock.json"),
        command_line("unetgen", "export", f"{name}/model.keras", "--out", f"{name}.onnx"),
    ]
    yield _fenced("sh", "\n".join(commands))
    yield "Load it, with the layers and losses that Keras lacks:"
    code = ["import keras", "import unetgen", "", f'model = keras.saving.load_model("{name}/model.keras")']
    yield _fenced("python", "\n".join(code))


def _sources(summary: Summary) -> str:
    cited = [part for said in description(summary) for part in said if isinstance(part, BibEntry)]
    return bibtex(cited).rstrip()


def _shape(shape: OpenShape) -> str:
    return f"({', '.join(['batch', *('any' if size is None else str(size) for size in shape)])})"


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|" for cells in lines)
