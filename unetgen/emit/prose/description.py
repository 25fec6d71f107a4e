"""A network in sentences, for a methods section or a card; their numbers are the summary's and the plan's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.schema.documentation import field_docs
from unetgen.config.schema.documentation import summary as docs_of
from unetgen.emit.figure.input_reading import cropped_inputs
from unetgen.emit.prose.blocks import block_sentences
from unetgen.emit.prose.citations import named_in
from unetgen.emit.prose.english import Phrase, citing, counted, either, large, listed, phrase
from unetgen.emit.prose.operations import activation_name, noun
from unetgen.emit.prose.training import training_sentence
from unetgen.emit.prose.ways import way_sentences
from unetgen.emit.text.free_axes import free_axes_text
from unetgen.parts.choice import with_article
from unetgen.parts.heads.deep_supervision import DeepSupervision
from unetgen.parts.heads.head import Head
from unetgen.parts.tasks import Task
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv, Resize, Upsample
from unetgen.plan.tensor import TensorSpec, sizes

TOPOLOGIES: Mapping[str, str] = {
    "dense_skip": "U-Net with cross connections", "fpn": "feature pyramid network",
    "strided_unet": "U-Net", "unet": "U-Net", "unet_3_plus": "UNet 3+", "unet_plus_plus": "UNet++",
}  # fmt: skip
"""Topologies that are not called by their kind."""
BOTTLENECKS: Mapping[str, str] = {
    "aspp": "atrous spatial pyramid pooling",
    "pyramid_attention": "feature pyramid attention",
    "self_attention": "self-attention",
}
POSITIONS = ("positions", "pixels", "voxels")
"""By the number of spatial axes, counted from one."""


def description(summary: Summary) -> list[Phrase]:
    """The sentences, without their full stops."""
    design = summary.design
    return [
        _what(design),
        *block_sentences(design),
        *way_sentences(design),
        *_additions(design),
        *_heads(design),
        *_costs(summary),
        training_sentence(design),
    ]


def _what(design: Design) -> Phrase:
    config = design.config
    kind = config.topology.kind
    name = TOPOLOGIES.get(kind, f"{kind.replace('_', ' ')} network")
    network = citing(with_article(f"{config.dims}D {name}"), docs_of(type(config.topology)))
    earlier = [entry for entry in named_in(config.source or "") if entry not in network]
    return phrase(
        "The network is ",
        network,
        f" with {counted([config.depth], 'level')} of resolution",
        phrase(", after earlier work", *earlier) if earlier else (),
    )


def _additions(design: Design) -> Iterator[Phrase]:
    """The stem, and what follows the bottom level's block."""
    config = design.config
    stem = [n.op.kernel for n in design.plan.nodes if n.place.part == "stem" and isinstance(n.op, Conv)]
    if stem and not config.encoder:
        yield (f"A {either(stem)} convolution stands before the first block",)
    if any(node.place.side == "head" and node.place.part == "stem" for node in design.plan.nodes):
        yield _strided_stem(design)
    if config.bottleneck.kind != "none":
        name = BOTTLENECKS.get(config.bottleneck.kind, config.bottleneck.kind.replace("_", " "))
        yield phrase("The bottom level ends with ", citing(name, docs_of(type(config.bottleneck))))


def _strided_stem(design: Design) -> Phrase:
    by_name = design.plan.by_name
    ends = [n for n in design.plan.nodes if n.place.side == "head" and n.place.part == "stem"]
    sizes = zip(ends[-1].spec.spatial, by_name[ends[0].inputs[0]].spec.spatial, strict=True)
    factors = "×".join(dict.fromkeys(f"{round(large / small)}" for large, small in sizes))
    return (
        f"The first level is {factors} times smaller than the input along each axis, and up-sampling behind "
        "its last block leads back",
    )


def _heads(design: Design) -> Iterator[Phrase]:
    config, context = design.config, design.objectives[0].context
    heads = [n.op for n in design.plan.nodes if n.place.side == "head" and not n.place.task]
    kernels = {op.kernel for op in heads if isinstance(op, Conv)}
    several = f"{either(kernels, 'and')} convolutions"
    convs = [several if len(kernels) > 1 else f"a {either(kernels)} convolution"] if kernels else []
    is_linear = context.activation == "linear"
    activation = [] if is_linear else [with_article(activation_name(context.activation))]
    raised = [op for op in heads if isinstance(op, Upsample | Resize)] if config.head.upsample else []
    ups = [phrase(*noun(op)) for op in raised[-1:]]
    words = listed([*convs, *ups, *activation]) or ("no layers of its own",)
    yield phrase("The head has ", words, f" for {counted([config.num_classes], 'class')}")
    if config.head.residual:
        yield _residual(design.plan, before=[] if is_linear else [activation_name(context.activation)])
    if deep := config.head.deep_supervision:
        yield _deep(deep)
    if config.tasks:
        tasks = [f"{task.name} ({_told(task)})" for task in config.tasks]
        yield phrase("A further output is " if len(tasks) == 1 else "Further outputs are ", listed(tasks))


def _told(task: Task) -> str:
    of = " of the whole image" if task.decoder == "pooled" else ""
    return f"{counted([task.num_classes], 'class')}{of}"


def _residual(plan: Plan, before: list[str]) -> Phrase:
    heads = [node for node in plan.nodes if node.place.side == "head"]
    cropped = ", cropped to the same size," if cropped_inputs(heads, [plan.input.name]) else ""
    text = citing(f"The input{cropped} is added to the output", field_docs(Head)["residual"])
    return phrase(text, *(f" before the {name}" for name in before))


def _deep(deep: DeepSupervision) -> Phrase:
    heads = citing(f"Heads on {counted([deep.levels], 'further level')}", docs_of(type(deep)))
    done = {"none": " are trained too", "sum": " are summed with it", "concat": " are fused with it"}
    return phrase(heads, done[deep.fuse])


def _costs(summary: Summary) -> Iterator[Phrase]:
    plan, params = summary.design.plan, summary.params
    source, output = plan.input.spec, plan.by_name[plan.outputs[0]].spec
    unit = POSITIONS[source.dims - 1]
    fixed = f", {params.non_trainable:,} of them not trained" if params.non_trainable else ""
    yield (f"The network has {params.total:,} parameters{fixed}",)
    takes = f"For an input of {_tensor(source)} it takes {large(summary.macs)} multiply-accumulate operations"
    shrinks = source.spatial != output.spatial
    yield (f"{takes}; the output has {sizes(output.spatial)} {unit}" if shrinks else takes,)
    if words := free_axes_text(summary.design):
        yield (f"It{words.removeprefix(';')}",)
    if field := summary.receptive_field:
        yield (f"The receptive field is {sizes(field)} {unit}",)


def _tensor(spec: TensorSpec) -> str:
    return f"{sizes(spec.spatial)} {POSITIONS[spec.dims - 1]} with {counted([spec.channels], 'channel')}"
