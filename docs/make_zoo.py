"""Write docs/zoo.md from the headers of the files in configs/zoo, by ``make docs``; they are its one home."""

import re
from pathlib import Path

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.emit.text.tables import bytes_text, short
from unetgen.plan.tensor import sizes

ROOT = Path(__file__).parents[1]
START = """\
# The zoo

Published networks as configs, one file each: `unetgen show u2net`, `unetgen build attention_unet --out out`.
Every number of parameters is the published or measured one, and a test reads it from the file. What else was
compared with the original is under *checked*. Where a file leaves something out, it says so there. *free* has
the sizes that one model takes where `input.shape` has null on every axis, as in
`unetgen build attention_unet 'input.shape=[null,null]' --out out`.

`unetgen list` prints them with today's counts; networks of nnU-Net for other data sets come from their plans
([importing](importing.md)). Costs are of one sample, memory as `unetgen show` predicts it;
`unetgen diagram NAME --out NAME.svg` draws a network.

| network | axes | size | parameters | MACs | memory to train |
| --- | --- | --- | --- | --- | --- |"""


def header(file: Path) -> dict[str, str]:
    """The comment lines of a file as fields; a line that begins none goes on with the one before it."""
    fields: dict[str, str] = {}
    last = "title"
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        if not line.startswith("#"):
            break
        if match := re.match(r"# (paper|params|truth|checked): (.*)", line):
            last, text = match.groups()
        else:
            text = line.removeprefix("#").strip()
        fields[last] = f"{fields.get(last, '')} {text}".strip()
    return fields


def row(file: Path, summary: Summary) -> str:
    """The network's line in the table."""
    name, needs = f"[{file.stem}](#{file.stem})", summary.memory
    counts = [f"{summary.params.total:,}", short(summary.macs), bytes_text(needs.train_bytes)]
    return f"| {' | '.join([name, f'{summary.design.config.dims}D', sizes(summary.input_sizes), *counts])} |"


def section(file: Path, summary: Summary) -> str:
    """The network's part of the page."""
    fields = header(file)
    fields["free"] = free(file, summary.design)
    rows = [f"- {name}: {fields[name]}" for name in ("paper", "params", "checked", "free") if name in fields]
    text = file.read_text(encoding="utf-8").splitlines()
    config = "\n".join(line for line in text if not line.startswith("#"))
    return "\n".join(
        [f"## {file.stem}", "", fields["title"], "", *rows, cost(summary), "", "```yaml", config, "```", ""]
    )


def cost(summary: Summary) -> str:
    """What one sample costs."""
    needs, at = summary.memory, sizes(summary.input_sizes)
    memory = f"{bytes_text(needs.inference_bytes)} to predict, {bytes_text(needs.train_bytes)} to train"
    return f"- cost: {short(summary.macs)} MACs at {at}; {memory}"


def free(file: Path, design: Design) -> str:
    """The sizes that the network takes with every axis free."""
    nulls = ", ".join(["null"] * design.config.dims)
    legal = load_design(file, [f"input.shape=[{nulls}]"]).legal_sizes
    texts = [str(each) for each in legal.values()]
    return texts[0] if len(set(texts)) == 1 else "; ".join(texts)


def page() -> str:
    """The whole page."""
    files = sorted((ROOT / "configs" / "zoo").glob("*.yaml"))
    summaries = {file: Summary(load_design(file, [])) for file in files}
    rows = [row(file, summary) for file, summary in summaries.items()]
    return "\n".join([START, *rows, "", *(section(file, summary) for file, summary in summaries.items())])


if __name__ == "__main__":
    (ROOT / "docs" / "zoo.md").write_text(page(), encoding="utf-8", newline="\n")
