"""The first config as a file: a field to a line, with what it is for and what else it could be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from unetgen import __version__
from unetgen.config.design import Design
from unetgen.config.loader import design_from_text
from unetgen.config.resolved import yaml_text
from unetgen.errors import ConfigError, UnetgenError
from unetgen.site import SITE
from unetgen.starting.answers import Answers
from unetgen.starting.levels import Levels, levels_of
from unetgen.starting.purposes import KERNELS, MOST_FILTERS, Reasoned

WIDTH = 110
COLUMN = 50
"""Where the comments begin; a longer field or comment has it in the line above."""


@dataclass(frozen=True, slots=True)
class CommentedField:
    """A field, as YAML, and the comment on it."""

    field: str
    comment: str = ""

    def __str__(self) -> str:
        if not self.comment:
            return self.field
        if len(self.field) >= COLUMN or COLUMN + len(f"# {self.comment}") > WIDTH:
            indent = " " * (len(self.field) - len(self.field.lstrip()))
            return f"{indent}# {self.comment}\n{self.field}"
        return f"{self.field.ljust(COLUMN)}# {self.comment}"


def config_text(answers: Answers, name: str | None = None) -> str:
    """The config that `answers` ask for; `name` is said in it where the file's own is not legal."""
    levels = levels_of(answers.size, answers.purpose.most_levels)
    named = (
        []
        if name is None
        else [CommentedField(f"name: {name}", "the file's has letters that a name cannot have")]
    )
    lines = [
        *named,
        *_input(answers, levels),
        *_network(answers, levels),
        *_output(answers),
        *_compile(answers),
    ]
    return "\n".join([*_header(answers), *map(str, lines)]) + "\n"


def design_of(answers: Answers, name: str | None = None) -> Design:
    """The network in `config_text`, checked as any config's is; raises `UnetgenError` where there is none."""
    try:
        return design_from_text(config_text(answers, name), "init")
    except ConfigError as error:
        raise UnetgenError("\n".join(str(replace(each, where=None)) for each in error.problems)) from None


def name_for(stem: str) -> str | None:
    """The name to be said in a file called `stem`; None where that is one itself.

    >>> name_for("my_unet"), name_for("mein Netz"), name_for("√")
    (None, 'mein_Netz', 'unet')
    """
    legal = re.sub(r"[^A-Za-z0-9_.-]+", "_", stem).lstrip("_.-")[:100] or "unet"
    return None if legal == stem else legal


def _header(answers: Answers) -> Iterator[str]:
    options = answers.options
    purpose = answers.purpose
    yield f"# A first network for {purpose.name}: {purpose.subject}."
    yield f"# Written by unetgen {__version__}: unetgen init {' '.join(options.values())}"
    if assumed := [option for field, option in options.items() if field in answers.assumed]:
        yield f"# By default, as nobody said otherwise: {' '.join(assumed)}"
    if purpose.advice:
        yield f"# {purpose.advice}"
    yield f"# Pages are at {SITE}: config.html has every field, guide.html goes step by step."
    yield "# After a change: `unetgen validate`."


def _input(answers: Answers, levels: Levels) -> Iterator[CommentedField]:
    size = answers.size
    yield CommentedField("input:")
    if None in size:
        reason = "any size; one model takes them all"
    else:
        reason = "of an image, or of patches to learn from; null: any size"
    yield CommentedField(f"  shape: {yaml_text(list(size))}", reason)
    if None in size:
        reference = yaml_text(list(levels.reference))
        yield CommentedField(
            f"  reference: {reference}", "the size at which cost, memory and figures are told"
        )
    yield CommentedField(f"  channels: {answers.channels}", answers.purpose.channels_are)
    if None in size:
        (multiple,) = _alike(levels.multiples)
        yield CommentedField(
            "resize: pad_and_crop", f"pads to multiples of {multiple}, crops the output; or `refuse`"
        )
    elif levels.padded != size:
        padded, multiple = _alike(levels.padded, levels.multiples)
        reason = f"pads to {padded} and crops; or take multiples of {multiple}"
        yield CommentedField("resize: pad_and_crop", reason)


def _network(answers: Answers, levels: Levels) -> Iterator[CommentedField]:
    purpose, dims, steps = answers.purpose, answers.dims, levels.depth - 1
    halvings = "1 halving" if steps == 1 else f"{steps} halvings"
    sizes = " to ".join(_alike(levels.padded, levels.bottom))
    yield CommentedField(f"depth: {levels.depth}", f"{halvings}, {sizes}; more see farther")
    half = purpose.base_filters // 2
    reason = f"doubled at each level; {half} is a quarter of the work"
    yield CommentedField(f"base_filters: {purpose.base_filters}", reason)
    if purpose.base_filters * 2**steps > MOST_FILTERS[dims]:
        yield CommentedField(f"max_filters: {MOST_FILTERS[dims]}", "where the doubling ends, as in nnU-Net")
    kernel = KERNELS.get(dims)
    if kernel:
        yield _chosen("kernel", kernel)
    if purpose.activation:
        yield _chosen("activation", purpose.activation)
    yield _chosen("norm", purpose.norm_of(dims))
    yield _down(purpose.down, levels)
    yield _chosen("up", purpose.up)


def _down(down: Reasoned, levels: Levels) -> CommentedField:
    if levels.is_even:
        return _chosen("down", down)
    size = f"{{kind: {down.value}, size: {yaml_text(levels.factors)}}}"
    return CommentedField(f"down: {size}", f"a short axis is halved less often; {down.reason}")


def _output(answers: Answers) -> Iterator[CommentedField]:
    if answers.classes is None:
        yield CommentedField(f"num_classes: {answers.channels}", "values of the output at each position")
        reason = "learns what to add to its input, as CARE's does"
        yield CommentedField("head: {activation: linear, residual: input}", reason)
    elif answers.classes == 1:
        yield CommentedField("num_classes: 1", "one class against the background, by a sigmoid")
    else:
        reason = "with the background; for overlapping ones: targets.html"
        yield CommentedField(f"num_classes: {answers.classes}", reason)


def _compile(answers: Answers) -> Iterator[CommentedField]:
    loss, metrics = _OBJECTIVES[answers.classes is not None, answers.classes == 1]
    yield CommentedField("compile:")
    yield _chosen("  loss", loss)
    yield _chosen("  optimizer", answers.purpose.optimizer)
    yield _chosen("  metrics", metrics)


_BALANCED = "dice helps rare classes; others: training.html"
_OBJECTIVES = {
    (True, True): (
        Reasoned("[binary_crossentropy, dice]", _BALANCED),
        Reasoned("[binary_accuracy, dice]", "logged beside the loss"),
    ),
    (True, False): (
        Reasoned("[categorical_crossentropy, dice]", _BALANCED),
        Reasoned("[categorical_accuracy, dice]", "logged beside the loss"),
    ),
    (False, False): (
        Reasoned("mean_absolute_error", "keeps edges, where squared errors blur; training.html"),
        Reasoned("[mean_squared_error]", "logged beside the loss"),
    ),
}
"""Losses and metrics, by whether there are classes, and whether there is only one."""


def _chosen(field: str, choice: Reasoned) -> CommentedField:
    return CommentedField(f"{field}: {choice.value}", choice.reason)


def _alike(*sizes: tuple[int, ...]) -> list[str]:
    """Sizes in words, by one number each only where that does for all.

    >>> _alike((112, 112), (7, 7)), _alike((160, 160, 20), (5, 5, 5))
    (['112', '7'], ['160x160x20', '5x5x5'])
    """
    if all(len(set(size)) == 1 for size in sizes):
        return [str(size[0]) for size in sizes]
    return ["x".join(map(str, size)) for size in sizes]
