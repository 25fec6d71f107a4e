"""What the legend of a block or stage view says, and the title, the alt text and the caption of a figure."""

from __future__ import annotations

from unetgen.emit.figure import added_input, inside, legend, prepared_input
from unetgen.emit.figure.bracket import label
from unetgen.emit.figure.drawn_u import DrawnU
from unetgen.emit.figure.head_legend import fuse_entry, head_entries
from unetgen.emit.figure.legend_words import (
    conv_words,
    gate_words,
    head_words,
    levels_of,
    shortcut_words,
    skip_words,
    stride_words,
    way_words,
)
from unetgen.emit.figure.measures import row_sizes, size_text
from unetgen.emit.figure.tex import escaped
from unetgen.plan.ops.fitted import CROPS, PADS
from unetgen.plan.tensor import TensorSpec, sizes


def entries(network: DrawnU, stage: bool) -> list[legend.Entry]:
    """Only what occurs, in the order of the data flow."""
    entries = prepared_input.entry(network.plan)
    if text := padded(network):
        entries.append(legend.box("input", text))
    if stage:
        times = _times(network)
        again = f", each {times} times with the same weights" if times else ""
        entries += _blocks(network, f"{conv_words(network)}{again}")
    else:
        entries.append(legend.arrow("conv", conv_words(network)))
        if times := _times(network):
            entries.append(legend.loop(f"{times} times with the same weights"))
    joins = [join for row in network.rows for join in row.joins]
    if joins and not stage:
        entries.append(legend.plus(_addition([label(join) for join in joins])))
    if network.depth > 1:
        entries.append(legend.arrow("down", _down(network, stage)))
        entries.append(legend.arrow("up", way_words(network.decoder.values())))
    if merges := [row.merge for row in network.decoder.values() if row.merge]:
        entries.append(legend.arrow("skip", skip_words(merges)))
        if gated := [merge for merge in merges if merge.gate]:
            gates = [merge.gate for merge in gated if merge.gate]
            entries.append(legend.gate(gate_words(gates, all(merge.gated for merge in gated))))
    entries += head_entries(network.plan, [("", level, head) for level, head in network.heads.items()])
    if network.fuse:
        entries.append(fuse_entry(network.plan, network.fuse))
    return entries + added_input.entry(network)


def _addition(labels: list[str]) -> str:
    """What stands on the shortcuts, explained."""
    kernel = next((text.split(" /")[0].split(", ")[-1] for text in labels if "×" in text), "")
    stride = next((text.split(" /")[1] for text in labels if " /" in text), "")
    said = [f"{kernel}: projected"] if kernel else []
    said += [f"/{stride}: with stride {stride}"] if stride else []
    return f"residual addition ({', '.join(said)})" if said else "residual addition"


def _blocks(network: DrawnU, convs: str) -> list[legend.Entry]:
    """What stands in the boxes of the stage view."""
    added = [run for row in network.rows if not row.rich for run in inside.runs(row) if run.adds]
    counted = any(not row.rich and inside.runs(row) for row in network.rows)
    repeated = f"n times {convs}" if convs else "n convolutions"
    lines = [legend.block("×n", repeated) if counted else legend.arrow("conv", f"block of {convs}")]
    if any(run.times > 1 for run in added):
        text = f"m residual blocks of n convolutions each{shortcut_words(network)}"
        lines.append(legend.block(f"m×(n{inside.ADDITION})", text))
    elif added:
        text = f"a residual block of n convolutions{shortcut_words(network)}"
        lines.append(legend.block(f"n{inside.ADDITION}", text))
    return [*lines, *map(legend.note, inside.kinds(network.rows))]


def _down(network: DrawnU, stage: bool) -> str:
    """The ways down; one that is a block's own convolution is counted in its box of the stage view."""
    rows = [row for row in network.encoder if row.way]
    is_all = not any(row.steps for row in network.rows)  # then no other convolution says what blocks have
    if not stage or not rows or is_all or not all(row.way_in_block for row in rows):
        return way_words(rows)
    return f"into the block, whose first convolution has {stride_words(rows)}"


def _times(network: DrawnU) -> str:
    """How often convolutions run with the same weights, where some do."""
    times = {step.loops for row in network.rows for step in row.steps} - {1}
    return " or ".join(map(str, sorted(times)))


def padded(network: DrawnU) -> str:
    """What is done to an input whose size does not fit, in words."""
    before, after = network.plan.input.spec.spatial, network.input.spec.spatial
    if not any(isinstance(node.op, PADS) for node in network.input.nodes) or before == after:
        return ""
    cropped = any(isinstance(node.op, CROPS) for head in network.heads.values() for node in head.nodes)
    back = ", output cropped back" if cropped else ""
    return f"input {sizes(before)}, padded to {sizes(after)}{back}"


def title(network: DrawnU, name: str) -> str:
    """One line for a reader who cannot see the figure."""
    levels = "1 level" if network.depth == 1 else f"{network.depth} levels"
    return f"{name}: {network.dims}D U-Net with {levels}"


def description(network: DrawnU, name: str) -> str:
    """The alt text: what the figure shows, level by level."""
    source, output = network.plan.input.spec, network.plan.by_name[network.plan.outputs[0]].spec
    text = [
        f"Diagram of {name}, a {network.dims}D U-Net with {len(row_sizes(network))} levels of resolution.",
        f"The input has {_tensor(source.spatial, source.channels)}{drawn_at(source)}.",
        "Encoder: "
        + "; ".join(
            _level(
                row.level,
                row.entry.spatial,
                [s.spec.channels for s in row.steps],
                row.way_in_block,
                row.entry.channels,
            )
            for row in network.encoder
        )
        + ".",
    ]
    if network.decoder:
        if convs := conv_words(network):
            text.append(f"Convolutions: {convs}.")
        text.append(f"Down: {way_words(network.encoder)}.")
        text.append(f"Up: {way_words(network.decoder.values())}.")
    if merges := [row.merge for row in network.decoder.values() if row.merge]:
        who = "Each decoder level takes"
        if len(merges) < len(network.decoder):
            who = f"The decoder's {levels_of(merges)} take{'s' * (len(merges) == 1)}"
        text.append(f"{who} the encoder's output of its level: {skip_words(merges)}.")
    heads = "head" if len(network.heads) == 1 else f"{len(network.heads)} heads"
    text.append(f"Output, {heads} ({head_words(network.heads)}): {_tensor(output.spatial, output.channels)}.")
    return " ".join(text) + added_input.told(network)


def _level(level: int, spatial: tuple[int, ...], channels: list[int], strided: bool, first: int) -> str:
    counts = [*([first] if strided else []), *channels]
    inside = f" with {', '.join(map(str, counts))} channels" if counts else ""
    return f"level {level} at {sizes(spatial)}{inside}"


def drawn_at(source: TensorSpec) -> str:
    """That the size drawn is one of many, where axes of the input are free."""
    return ", the reference: it takes other sizes too" if source.free else ""


def _tensor(spatial: tuple[int, ...], channels: int) -> str:
    return f"{channels} channel{'s' if channels > 1 else ''} of {size_text(spatial, short=False)}"


def caption(network: DrawnU, name: str, stage: bool) -> str:
    """A caption in LaTeX, without the command around it."""
    source = network.plan.input.spec
    text = f"{name}: {network.dims}D U-Net for inputs of {_tensor(source.spatial, source.channels)}"
    text += f"{drawn_at(source)}. "
    box = "a block of convolutions" if stage else "a tensor"
    text += f"Each box is {box}, with its channels above and the size of its row at the left; "
    text += "each arrow is an operation. "
    count = network.plan.params
    return escaped(f"{text}The network has {count:,} parameters.{added_input.told(network)}")
