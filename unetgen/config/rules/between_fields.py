"""What several fields of a config must satisfy together.

Each check names the fields that it reads: where one of them is wrong by itself, the check is left out
and the others still run, so that a user sees all problems of a file at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from unetgen.config.draft import Draft
from unetgen.config.model import UNetConfig
from unetgen.config.rules.encoder import REPLACED, encoder_problems
from unetgen.config.rules.lists import FILTERS, LIST_CHECKS, Check
from unetgen.config.rules.objectives import head_problems, task_problems, training_problems
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.per_level import entries, placed
from unetgen.parts.values import LARGEST, counted


def _skip_axis(config: UNetConfig) -> Iterator[Problem]:
    for path, skip in placed(("skip",), config.skip):
        if problem := skip.axis_problem(config.input.data_format, config.input.shape):
            yield replace(problem, path=(*path, "axis"))


def _filters_are_given(config: UNetConfig) -> Iterator[Problem]:
    if config.base_filters is None and config.filters is None and config.encoder is None:
        hint = "say how many filters the first level has"
        yield Problem("missing", path=("base_filters",), hint=hint)


def _symmetric_kernels(config: UNetConfig) -> Iterator[Problem]:
    """Even kernels have no symmetric padding; those of strided and transposed convolutions do not matter.

    Where blocks take strides, a level may have no other convolution: that is told where it is lowered.
    """
    if config.padding != "torch":
        return
    decoder = config.decoder
    blocks = [
        *placed(("block",), config.block),
        *placed(("decoder", "block"), decoder.block if decoder else None),
    ]
    strides_blocks = any(getattr(down, "into_block", False) for down in entries(config.down))
    kernels: dict[Path, Any] = {
        ("kernel",): None if strides_blocks else config.kernel,
        ("decoder", "kernel"): decoder and decoder.kernel,
        **{(*path, "kernel"): block.own_kernel for path, block in blocks},
        ("head", "kernel"): config.head.kernel,
        ("head", "hidden", "kernel"): config.head.hidden and config.head.hidden.kernel,
        **{("tasks", index, "kernel"): task.kernel for index, task in enumerate(config.tasks)},
    }
    for path, up in placed(("up",), config.up):
        conv = getattr(up, "conv", None)
        kernels[*path, "conv", "kernel"] = conv and conv.kernel
        kernels[*path, "kernel"] = up.kernel if up.kind == "pixel_shuffle" else None
    for path, kernel in kernels.items():
        rows = enumerate(kernel) if isinstance(kernel, tuple) else [(None, kernel)]
        nested = isinstance(kernel, tuple) and isinstance(kernel[0], tuple)
        even_places = [
            place for place, row in rows if any(k % 2 == 0 for k in (row if nested else [row or 1]))
        ]
        if even_places:
            place = (even_places[0],) if even_places[0] is not None else ()
            yield Problem(
                "an even kernel has no symmetric padding",
                path=(*path, *place),
                got=kernel[even_places[0]] if even_places[0] is not None else kernel,
                hint="with `padding: torch` use odd kernels",
            )


def _filters_fit(draft: Draft) -> Iterator[Problem]:
    if draft.config.encoder is not None:
        return
    try:
        widest = max(max(row) for row in draft.values.encoder_filters)
    except Wrong:
        return
    if widest > LARGEST:
        hint = "set max_filters, or a smaller depth, base_filters or filter_growth"
        message = f"the widest convolution would have more than {LARGEST:,} filters"
        yield Problem(message, path=("base_filters",), got=draft.config.base_filters, hint=hint)


def _order(config: UNetConfig) -> Iterator[Problem]:
    rows: list[tuple[Path, Any, Any, Any, Any]] = [
        ((), config.order, config.norm, config.activation, config.dropout)
    ]
    if (decoder := config.decoder) is not None:
        rows.append(
            (
                ("decoder",),
                decoder.order or config.order,
                decoder.norm or config.norm,
                decoder.activation or config.activation,
                decoder.dropout or config.dropout,
            )
        )
    for path, order, norm, activation, dropout in rows:
        used = {
            "norm": any(each.kind != "none" for each in entries(norm)),
            "activation": any(each.name != "linear" for each in entries(activation)),
            "dropout": dropout.active and dropout.place == "every_conv",
        }
        for element, is_used in used.items():
            if is_used and element not in order:
                hint = f"add `{element}` to it" if element != "activation" else "or set `activation: linear`"
                message = f"leaves out {element}, which the config sets"
                yield Problem(message, path=(*path, "order"), got=list(order), hint=hint)


def _deep_supervision(config: UNetConfig) -> Iterator[Problem]:
    path = ("head", "deep_supervision")
    if (deep := config.head.deep_supervision) is None:
        return
    topology = config.topology
    most = topology.most_extra_rows(config.depth)
    if deep.levels > most:
        levels = counted(most, topology.further_rows) if most else f"no {topology.further_rows}"
        deeper = topology.most_extra_rows(config.depth + 1) > most
        hint = f"leave it out{', or set a larger depth' if deeper else ''}" if not most else None
        message = f"a network of depth {config.depth} has {levels}"
        yield Problem(message, path=(*path, "levels"), got=deep.levels, hint=hint)
    if deep.weights is not None and len(deep.weights) != deep.outputs:
        message = f"has {counted(len(deep.weights), 'weight')} for {counted(deep.outputs, 'output')}"
        hint = "the main output's first, then one per further one"
        yield Problem(message, path=(*path, "weights"), got=list(deep.weights), hint=hint)
    if config.resize.policy == "pad_and_crop" and topology.rows_are_coarser and not deep.all_of_one_size:
        hint = "set `upsample: true` or `fuse`, or another `resize` policy"
        yield Problem("heads of coarser levels cannot be cropped back to the input", path=path, hint=hint)


def _topology(config: UNetConfig) -> Iterator[Problem]:
    topology, head = config.topology, config.head
    yield from topology.problems(config.depth)
    for path, skip in placed(("skip",), config.skip):
        if topology.skip_kinds is not None and skip.kind not in topology.skip_kinds:
            hint = f"use `skip: {min(topology.skip_kinds)}`, or another topology"
            message = f"{topology.kind} does not join its tensors that way"
            yield Problem(message, path=(*path, "kind"), got=skip.kind, hint=hint)
        elif skip.takes != "end" and not topology.takes_inside:
            message = f"{topology.kind} joins the outputs of levels"
            yield Problem(message, path=(*path, "take"), got=skip.takes, hint="use `topology: unet`")
        elif skip.kind == "none" and _has_to_join(topology.needs_skips_from, path):
            message = f"{topology.kind} joins several tensors on a level, which have nowhere else to go"
            yield Problem(message, path=(*path, "kind"), got=skip.kind, hint="use `topology: unet`")
    if topology.begins_strided and config.stem is not None and config.stem.is_strided:
        message = f"{topology.kind} begins with a step down, into its first level"
        hint = "leave out the stem's `strides` and `down`, or use `topology: unet`"
        yield Problem(message, path=("stem",), hint=hint)
    for path in _inside(config) if not topology.opens_blocks else ():
        message = f"{topology.kind} has no place for what enters the decoder's blocks or stands on the bottom"
        yield Problem(message, path=path, hint="use `topology: unet`, or leave it out")
    for name in ("kernel", "use_bias", "pre_activation", "hidden") if topology.ends_itself else ():
        if getattr(head, name) != type(head).model_fields[name].default:
            message = f"{topology.kind} has no convolution to the classes: its last up-sampling leads to them"
            yield Problem(message, path=("head", name), got=getattr(head, name), hint="leave it out")


def _upsampled_head(config: UNetConfig) -> Iterator[Problem]:
    path, interpolation = ("head", "upsample"), config.head.upsample
    level = config.topology.ends_at(config.depth)
    if interpolation is None:
        if level and config.resize.policy == "pad_and_crop":
            message = f"the decoder ends at level {level}, and cannot be cropped back to the input's size"
            hint = "set `head.upsample`, or another policy"
            yield Problem(message, path=("resize", "policy"), got=config.resize.policy, hint=hint)
    elif level == 0:
        hint = "leave it out"
        yield Problem("the decoder ends at the input's size", path=path, got=interpolation, hint=hint)
    elif config.padding == "valid" or config.resize.policy == "centre_crop":
        message = "what is cut off on the way cannot come back to the input's size"
        hint = "use `padding: same` and another `resize` policy, or leave it out"
        yield Problem(message, path=path, got=interpolation, hint=hint)


def _inside(config: UNetConfig) -> Iterator[Path]:
    """The fields that let something enter the decoder's blocks, or put one of them on the bottom."""
    yield from ((*path, "place") for path, skip in placed(("skip",), config.skip) if skip.is_inside)
    if config.decoder is not None:
        for name in ("style", "on_bottom"):
            if getattr(config.decoder, name):
                yield ("decoder", name)


def _some_block(config: UNetConfig) -> Iterator[Problem]:
    own = config.decoder.block if config.decoder else None
    blocks = (*entries(config.block), *(() if own is None else entries(own)))
    if config.encoder is None and all(block.kind == "none" for block in blocks):
        hint = "write a list with the levels that have none, such as [plain, none, plain]"
        yield Problem("leaves every level without a block", path=("block",), got="none", hint=hint)


def _has_to_join(first: int | None, path: Path) -> bool:
    """Whether the skip at `path`, of one level or of all, has to join something, as from level `first` on."""
    *_, level = path
    return first is not None and (not isinstance(level, int) or level >= first)


def _resize(config: UNetConfig) -> Iterator[Problem]:
    if config.padding == "valid" and config.resize.policy not in ("refuse", "centre_crop"):
        message = "valid convolutions shrink every level, so sizes never meet"
        hint = "use `padding: same`, or `resize: refuse` or `centre_crop`"
        yield Problem(message, path=("resize", "policy"), got=config.resize.policy, hint=hint)
    elif config.resize.policy in ("resize_to_skip", "pad_to_skip") and any(
        skip.kind == "crop" for skip in entries(config.skip)
    ):
        message = "the skip is cropped to the up-sampled tensor, which cannot be brought to the skip as well"
        hint = "use `skip: concat`, or leave `resize` out"
        yield Problem(message, path=("resize", "policy"), got=config.resize.policy, hint=hint)


def _of_config(check: Callable[[UNetConfig], Iterable[Problem]]) -> Check:
    """A check that reads nothing but the fields."""
    return lambda draft: check(draft.config)


CHECKS: tuple[tuple[frozenset[str], Check], ...] = (
    (frozenset({"skip", "input"}), _of_config(_skip_axis)),
    *LIST_CHECKS,
    (frozenset({"base_filters", "filters", "encoder"}), _of_config(_filters_are_given)),
    (frozenset({"encoder", "depth", "topology", "skip", "input", *REPLACED}), _of_config(encoder_problems)),
    (FILTERS, _filters_fit),
    (
        frozenset({"padding", "kernel", "block", "decoder", "head", "up", "tasks"}),
        _of_config(_symmetric_kernels),
    ),
    (frozenset({"order", "norm", "activation", "dropout", "decoder"}), _of_config(_order)),
    (frozenset({"head"}), head_problems),
    (frozenset({"head", "depth", "resize", "topology"}), _of_config(_deep_supervision)),
    (frozenset({"topology", "depth", "skip", "head", "stem", "decoder"}), _of_config(_topology)),
    (frozenset({"topology", "depth", "head", "padding", "resize"}), _of_config(_upsampled_head)),
    (frozenset({"block", "decoder", "encoder"}), _of_config(_some_block)),
    (frozenset({"padding", "resize", "skip"}), _of_config(_resize)),
    (frozenset({"compile", "num_classes", "head", "input"}), training_problems),
    (frozenset({"tasks", "topology", "input"}), task_problems),
)


def cross_problems(draft: Draft, wrong_fields: frozenset[str] = frozenset()) -> tuple[Problem, ...]:
    """Everything that fields contradict each other about, apart from `wrong_fields`."""
    return tuple(problem for fields, check in CHECKS if not fields & wrong_fields for problem in check(draft))
