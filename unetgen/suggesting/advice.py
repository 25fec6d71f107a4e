"""How a run uses a suggested network: the overrides that it needs, and the commands in full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from unetgen.runs.run import Run
from unetgen.shell import command_line
from unetgen.suggesting.data_facts import DataFacts

FIRST_RUN = "run.yaml"


def commands(target: Path, run: Run | None, facts: DataFacts, batch: int, config: Path) -> list[str]:
    """The commands that train the network in the file `config` on the data of `target`.

    That is a run file or a folder, for which a run file is written beside the config first.
    """
    file = target if run is not None else config.parent / FIRST_RUN
    lines = [] if run is not None else [command_line("unetgen", "data", target, "--write-run", file)]
    asked = overrides(file, run, facts, batch, config)
    return [
        *lines,
        command_line("unetgen", "train", file, *asked, "--out", config.parent / "out" / config.stem),
    ]


def overrides(file: Path, run: Run | None, facts: DataFacts, batch: int, config: Path) -> list[str]:
    """The fields of the run `file` that the network asks for to be otherwise."""
    return list(_overrides(file, run, facts, batch, config))


def _overrides(file: Path, run: Run | None, facts: DataFacts, batch: int, config: Path) -> Iterator[str]:
    way = Path(os.path.relpath(config.resolve(), file.resolve().parent)).as_posix()
    yield f"model={override_value(way)}"
    yield f"fit.batch_size={batch}"
    if run is None or run.config.data.patch.size is not None:
        yield "data.patch.size=null"  # the network's own
    if run is not None and run.config.fit.schedule.kind != "constant":
        yield "fit.schedule=constant"  # the optimizer has its own
    if facts.spacing is not None and (run is None or run.config.data.spacing != facts.spacing):
        yield f"data.spacing=[{','.join(f'{each:g}' for each in facts.spacing)}]"
    if (run is None and facts.slices is not None) or (
        run is not None and facts.slices != run.config.data.slices
    ):
        yield f"data.slices={'null' if facts.slices is None else facts.slices}"


def override_value(text: str) -> str:
    """A text as Hydra's grammar takes it: a plain word, or in quotes."""
    is_plain = text and all(letter.isascii() and (letter.isalnum() or letter in "_-./") for letter in text)
    return text if is_plain else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
