"""Write docs/zoo.md from the headers of the files in configs/zoo, by ``make docs``; they are its one home."""

import re
from collections.abc import Iterator
from pathlib import Path

import unetgen
from unetgen.config.loader import load_design

ROOT = Path(__file__).parents[1]
START = """\
# The zoo

Published networks as configs, one file each: `unetgen show u2net`, `unetgen build attention_unet --out out`.
Every number of parameters is the published or measured one, and a test reads it from the file. What else was
compared with the original is under *checked*. Where a file leaves something out, it says so there. *free* has
the sizes that one model takes where `input.shape` has null on every axis, as in
`unetgen build attention_unet 'input.shape=[null,null]' --out out`.

`unetgen list` prints them with today's counts; networks of nnU-Net for other data sets come from their plans
([importing](importing.md)).
"""


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


def sections() -> Iterator[str]:
    """Each file's part of the page."""
    for file in sorted((ROOT / "configs" / "zoo").glob("*.yaml")):
        fields = header(file)
        rows = [f"- {name}: {fields[name]}" for name in ("paper", "params", "checked") if name in fields]
        yield "\n".join([f"## {file.stem}", "", fields["title"], "", *rows, f"- free: {free(file)}", ""])


def free(file: Path) -> str:
    """The sizes that the network takes with every axis free."""
    nulls = ", ".join(["null"] * unetgen.load(file).dims)
    legal = load_design(file, [f"input.shape=[{nulls}]"]).legal_sizes
    texts = [str(each) for each in legal.values()]
    return texts[0] if len(set(texts)) == 1 else "; ".join(texts)


def page() -> str:
    """The whole page."""
    return "\n".join([START, *sections()])


if __name__ == "__main__":
    (ROOT / "docs" / "zoo.md").write_text(page(), encoding="utf-8", newline="\n")
