"""Fields that are set and do nothing, because another field leaves no place for them.

A row of `SUSPECTS` says where a field may do nothing, by a look at the config alone. Whether it does is then
proved: the network without the field is made too, and only where it is the same the field is refused. So a
config without a suspect pays nothing, and a field that something uses is never refused: the `norm` beside
`block: convnext` may be that of an attention gate.

Not meant are bounds and cases that do not arise (`max_filters`, a `resize` policy for sizes that divide),
values that say what holds anyway (`padding: torch` where it is that of `same`), flags that pass on the
config's `norm` where that is none, and how the model computes (`execution`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.errors import Path, Problem
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.dropout import DropoutRates
from unetgen.parts.heads import DeepSupervision
from unetgen.parts.options import KerasChoice
from unetgen.parts.part import Part
from unetgen.parts.per_level import entries, placed
from unetgen.parts.skips import AnySkip

HasNoEffect = Callable[[UNetConfig], bool]
"""Whether another config, which lacks a field, makes the same model."""


@dataclass(frozen=True)
class Suspect:
    """Fields, as dotted paths, that may do nothing where `holds`; `reason` completes "does nothing"."""

    fields: tuple[str, ...]
    reason: str
    holds: Callable[[UNetConfig], bool]


def _blocks(config: UNetConfig) -> tuple[AnyBlock, ...]:
    """The encoder's blocks and the decoder's own, where it has any."""
    own = config.decoder.block if config.decoder else None
    return (*entries(config.block), *(() if own is None else entries(own)))


def _has_block(kind: str) -> Callable[[UNetConfig], bool]:
    return lambda config: any(block.kind == kind for block in _blocks(config))


def _deep(holds: Callable[[DeepSupervision], bool]) -> Callable[[UNetConfig], bool]:
    return lambda config: config.head.deep_supervision is not None and holds(config.head.deep_supervision)


def _drops_nothing(dropout: DropoutRates | None) -> bool:
    return dropout is not None and not dropout.active


def _bare_decoder(config: UNetConfig) -> bool:
    return config.topology.kind == "strided_unet" and not config.topology.decoder_blocks


def _kernels_of_its_own(config: UNetConfig) -> bool:
    return any(getattr(block, "kernels", None) is not None for block in _blocks(config))


def _gates_positions_only(config: UNetConfig) -> bool:
    parts: tuple[Part, ...] = (*_blocks(config), *entries(config.skip))
    gates = (getattr(part, "squeeze_excitation", None) for part in parts)
    return any(gate is not None and gate.kind == "spatial" for gate in gates)


def _strides_blocks(config: UNetConfig) -> bool:
    return any(getattr(down, "into_block", False) for down in entries(config.down))


def _leaves_a_block_unstrided(config: UNetConfig) -> bool:
    return isinstance(config.block, tuple) or not _strides_blocks(config)


def _pre_activates_an_up(config: UNetConfig) -> bool:
    ups = (*entries(config.up), config.stem and config.stem.up)
    return any(getattr(up, "pre_activation", False) for up in ups)


def _adds_an_attention_gate(skip: AnySkip) -> bool:
    return skip.kind == "attention" and skip.join == "add"


def _has_task(pooled: bool) -> Callable[[UNetConfig], bool]:
    return lambda config: any((task.decoder == "pooled") is pooled for task in config.tasks)


_CONVOLUTION = ("norm", "kernel", "activation", "order")
_DECODER = tuple(f"decoder.{name}" for name in Decoder.model_fields)
_STEP = ("up", "skip")
_OF_BLOCKS = tuple(name for name in Decoder.model_fields if name != "block")
_GATE = ("squeeze_excitation.ratio", "squeeze_excitation.activation")

SUSPECTS: tuple[Suspect, ...] = (
    Suspect(
        (*_CONVOLUTION, "dropout", "use_bias"),
        "beside `encoder`, which has its own, and the decoder's",
        lambda config: config.encoder is not None,
    ),
    Suspect(
        ("base_filters", "filter_growth", "max_filters", "conv_widths"),
        "beside `filters`, which gives them outright",
        lambda config: config.filters is not None,
    ),
    Suspect(
        ("decoder.conv_widths",),
        "beside `decoder.filters`, which gives them outright",
        lambda config: config.decoder is not None and config.decoder.filters is not None,
    ),
    Suspect(
        ("decoder.block.convs",),
        "beside `decoder.convs`",
        lambda config: config.decoder is not None and config.decoder.convs is not None,
    ),
    Suspect(
        ("down.kernel", "down.filters", "down.norm", "down.activation"),
        "beside `into_block`, which adds no layer",
        _strides_blocks,
    ),
    Suspect(
        ("block.projection_kernel", "block.shortcut_pool"),
        "where no block takes strides (`down.into_block`)",
        _leaves_a_block_unstrided,
    ),
    Suspect(
        ("decoder.block.projection_kernel", "decoder.block.shortcut_pool"),
        "in a decoder, whose blocks take no strides",
        lambda config: config.decoder is not None and config.decoder.block is not None,
    ),
    Suspect(
        ("up.pre_activation", "stem.up.pre_activation"),
        "without a norm or an activation of the up that `order` has before a convolution",
        _pre_activates_an_up,
    ),
    Suspect(
        ("stem.up",),
        "where the stem keeps the input's size",
        lambda config: config.stem is not None and not config.stem.is_strided,
    ),
    Suspect(
        (*_CONVOLUTION, *(f"decoder.{name}" for name in _CONVOLUTION)),
        "where the block is convnext, which has its own",
        _has_block("convnext"),
    ),
    Suspect(
        (*_CONVOLUTION, *(f"decoder.{name}" for name in _CONVOLUTION)),
        "where the block is naf, which has its own",
        _has_block("naf"),
    ),
    Suspect(
        (*_CONVOLUTION, *(f"decoder.{name}" for name in _CONVOLUTION)),
        "where the block is cmunext_fusion, which has its own",
        _has_block("cmunext_fusion"),
    ),
    Suspect(
        (*_CONVOLUTION, "conv_widths", "use_bias", "dropout", *(f"decoder.{name}" for name in _OF_BLOCKS)),
        "where levels have no block",
        _has_block("none"),
    ),
    Suspect(("kernel", "decoder.kernel"), "beside the block's `kernels`", _kernels_of_its_own),
    Suspect(_DECODER, "where `topology.decoder_blocks` is false", _bare_decoder),
    Suspect(
        (*_DECODER, *_STEP),
        "where the decoder has no blocks",
        lambda config: not config.topology.has_decoder_blocks,
    ),
    Suspect(
        ("topology.interpolation",),
        "where the pyramid's levels have one size",
        lambda config: config.topology.kind == "fpn",
    ),
    Suspect(
        ("encoder.dilates",),
        "without `output_stride`",
        lambda config: getattr(config.encoder, "output_stride", 0) is None,
    ),
    Suspect(
        ("topology.node_filters", "topology.order"),
        "where nodes have the same filters and inputs without it",
        lambda config: config.topology.kind == "unet_plus_plus",
    ),
    Suspect(
        ("resize.interpolation",),
        "unless `resize.policy` is resize_to_skip",
        lambda config: config.resize.policy != "resize_to_skip",
    ),
    Suspect(
        ("resize.padding",),
        "unless `resize.policy` is pad_to_skip",
        lambda config: config.resize.policy != "pad_to_skip",
    ),
    Suspect(
        ("head.deep_supervision.sides",),
        "unless `fuse` is concat",
        _deep(lambda deep: deep.fuse != "concat"),
    ),
    Suspect(
        ("head.deep_supervision.upsample",),
        "beside `fuse`, which up-samples every head",
        _deep(lambda deep: deep.fuse != "none"),
    ),
    Suspect(
        ("head.deep_supervision.interpolation",),
        "where no scores are up-sampled",
        _deep(lambda deep: not deep.all_of_one_size),
    ),
    Suspect(
        ("dropout.kind", "dropout.place"),
        "where the rate is 0",
        lambda config: _drops_nothing(config.dropout),
    ),
    Suspect(
        ("decoder.dropout.kind", "decoder.dropout.place"),
        "where the rate is 0",
        lambda config: config.decoder is not None and _drops_nothing(config.decoder.dropout),
    ),
    Suspect(
        tuple(f"{part}.{field}" for part in ("block", "decoder.block", "skip") for field in _GATE),
        "where the gate is spatial",
        _gates_positions_only,
    ),
    Suspect(
        ("skip.squeeze_excitation", "skip.filters"),
        "in unet_3_plus, which joins its tensors itself",
        lambda config: config.topology.kind == "unet_3_plus",
    ),
    Suspect(
        ("tasks.pooling", "tasks.hidden", "tasks.dropout"),
        "unless `decoder` is pooled",
        _has_task(pooled=False),
    ),
    Suspect(("tasks.kernel",), "on one position, where `decoder` is pooled", _has_task(pooled=True)),
    Suspect(
        ("skip.order",),
        "where the skip is added",
        lambda config: any(map(_adds_an_attention_gate, entries(config.skip))),
    ),
)
"""Where fields may do nothing; one row for each reason."""


def effect_problems(config: UNetConfig, has_no_effect: HasNoEffect) -> Iterator[Problem]:
    """Each field of `config` that is set and without effect, once."""
    refused: set[Path] = set()
    for suspect in SUSPECTS:
        if not suspect.holds(config):
            continue
        for path in (path for field in suspect.fields for path in _paths(config, field)):
            value, usual = _values(config, path)
            if path in refused or value == usual or not has_no_effect(_with(config, path, usual)):
                continue
            refused.add(path)
            hint = f"leave it out, or set `{'.'.join(map(str, path))}: {_written(usual)}`"
            yield Problem(f"does nothing {suspect.reason}", path, got=_plain(value), hint=hint)


def _paths(config: UNetConfig, field: str) -> list[Path]:
    """The places of a field: one for each entry, where what holds it is a list of kinds."""
    *around, last = field.split(".")
    paths: list[Path] = [()]
    for name in around:
        paths = [
            inside
            for path in paths
            for inside, _ in placed((*path, name), getattr(_at(config, path), name, None))
        ]
    return [(*path, last) for path in paths]


def _at(part: Any, path: Path) -> Any:
    """What stands at `path`; None where there is no such field."""
    for name in path:
        part = part[name] if isinstance(name, int) else getattr(part, name, None)
    return part


def _values(config: UNetConfig, path: Path) -> tuple[Any, Any]:
    """What a field is set to, and its default; twice the same where there is no such field."""
    holder, name = _at(config, path[:-1]), str(path[-1])
    field = type(holder).model_fields.get(name) if isinstance(holder, Part) else None
    if field is None:
        return None, None
    value, usual = getattr(holder, name), field.get_default(call_default_factory=True)
    says_the_same = path[0] == "decoder" and usual is None and value == getattr(config, name, None)
    return (usual, usual) if says_the_same else (value, usual)


def _with(part: Any, path: Path, value: object) -> Any:
    """`part` with the field at `path` set to `value`."""
    name, *rest = path
    if isinstance(name, int):
        inner = _with(part[name], tuple(rest), value)
        return (*part[:name], inner, *part[name + 1 :])
    inner = _with(getattr(part, name), tuple(rest), value) if rest else value
    return part.model_copy(update={name: inner})


def _plain(value: object) -> object:
    """A value as a config says it: a kind with its usual options by its name."""
    if isinstance(value, KerasChoice):
        return value.name
    if not isinstance(value, Part):
        return [_plain(each) for each in value] if isinstance(value, tuple) else value
    said: dict[str, object] = value.model_dump(mode="json", exclude_defaults=True)
    kind = getattr(value, "kind", None)
    return said if kind is None else {"kind": kind, **said} if said else kind


def _written(value: object) -> str:
    """The same as YAML."""
    from unetgen.config.resolved import yaml_text

    return yaml_text(_plain(value))
