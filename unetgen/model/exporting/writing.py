"""Writing an export: whole or not at all, and run in its own runtime before it is called done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from unetgen.emit.litert import Quantization
from unetgen.errors import UnetgenError
from unetgen.files import publishing, publishing_folder, unwritable
from unetgen.installed import require_tensorflow
from unetgen.model.exporting.format import Format, Trained, missing, needs
from unetgen.model.running import (
    LARGEST_DIFFERENCE,
    Outputs,
    largest_difference,
    predicted,
    random_input,
)
from unetgen.shell import install

T = TypeVar("T")
LARGEST_QUANTIZED: Mapping[Quantization, float] = {"float16": 2e-2, "int8": 3e-1}
"""The same where weights are quantized: what is lost is said in each case, and a fault loses more."""


@dataclass(frozen=True)
class Written:
    """What came of an export."""

    difference: float | None
    """How far the format's own runtime is from `predict`, relative to the largest output; None: not run."""
    not_checked: str = ""
    """Why it was not run, and what to do; empty where it was."""
    note: str = ""
    """What who runs the file has to know."""

    def __str__(self) -> str:
        text = f"not checked: {self.not_checked}"
        if self.difference is not None:
            text = f"run and compared with Keras: outputs within {self.difference:.1e} of the largest value"
        return f"{text}; {self.note}" if self.note else text


def require_exportable(out: Path, entry: Format) -> None:
    """Raise `UnetgenError` with all that stands against writing this format to `out`."""
    wrong = unwritable([out], [entry.suffix]) if entry.suffix else _unwritable_folder(out)
    if absent := missing(entry.written_with):
        wrong.append(needs(entry, absent))
    if wrong:
        raise UnetgenError("\n".join(wrong))
    if entry.is_of_tensorflow:
        require_tensorflow(entry.name, in_keras=True)


def _unwritable_folder(out: Path) -> list[str]:
    if out.exists() and not out.is_dir():
        return [f"{out}: is a file, not a folder; name another"]
    if out.exists() and any(out.iterdir()):
        return [f"{out}: is a folder with something in it; remove it, or name another"]
    return []


def export(
    trained: Trained,
    out: Path,
    entry: Format,
    unchecked: bool = False,
    beside: Mapping[Path, str] | None = None,
) -> Written:
    """Write the model to `out`, run the file in its own runtime, and compare; nothing is left that fails.

    Where that runtime is not installed, or with `unchecked`, the file is written without. `beside` are texts
    to write with it, in its folder, or in `out` where that is one. Raises `UnetgenError` where the model
    cannot be exported, or its outputs differ from Keras's.
    """
    require_exportable(out, entry)
    if wrong := [*entry.problems(trained), *_not_quantized(trained, entry)]:
        raise UnetgenError("\n".join(f"{entry.name} {problem}" for problem in wrong))
    with publishing(out.parent) if entry.suffix else publishing_folder(out) as staging:
        written = _written(trained, staging / out.name if entry.suffix else staging, entry, unchecked)
        folder = out.parent if entry.suffix else out
        for file, text in (beside or {}).items():
            place = staging / file.relative_to(folder)
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
        return written


def _not_quantized(trained: Trained, entry: Format) -> list[str]:
    if trained.quantize is None or trained.quantize in entry.quantizations:
        return []
    return [f"keeps weights as the model does; leave out --quantize {trained.quantize}"]


def _written(trained: Trained, place: Path, entry: Format, unchecked: bool) -> Written:
    _try(entry, "write", lambda: entry.write(trained, place))
    note = entry.note(trained)
    if unchecked:
        return Written(None, "as --unchecked asks", note)
    if absent := missing(entry.run_with):
        return Written(None, f"{' and '.join(absent)} is not installed: {install(*absent)}", note)
    difference = max(
        _differences(trained, place, entry), key=lambda each: (each != each, each)
    )  # a NaN first
    # Keras and the runtime round each in their own order: in 16 bits both are as far from the exact value.
    limit = max(LARGEST_DIFFERENCE[each] * (2 if "mixed" in each else 1) for each in _precisions(trained))
    if trained.quantize is not None:
        limit = max(limit, LARGEST_QUANTIZED[trained.quantize])
    if not difference <= limit:  # a NaN is not
        raise UnetgenError(
            f"{entry.name}: its runtime computes something else: outputs differ by {difference:.2g} of the "
            f"largest value (limit {limit:g}); nothing was written; --unchecked writes it all the same"
        )
    return Written(difference, note=note)


def _differences(trained: Trained, place: Path, entry: Format) -> Iterator[float]:
    """How far the outputs are from Keras's for one random input, and for three, larger where that is free."""
    is_free = None in trained.model.input_shape[1:]
    for batch, larger in ((1, 0), (3, int(is_free))):
        x = random_input(trained.model, batch, larger)
        found: Outputs = _try(entry, "run", partial(entry.run, trained, place, x))
        yield largest_difference(predicted(trained.model, x), found)


def _precisions(trained: Trained) -> list[str]:
    """Keras's names of what the model computes in, and the file."""
    narrow = {"float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
    asked = "mixed_float16" if trained.precision == "f16" else "float32"
    return [asked, narrow.get(trained.computed_in, trained.computed_in)]


def _try(entry: Format, step: Literal["write", "run"], attempt: Callable[[], T]) -> T:
    """What `attempt` gives; whatever a converter or a runtime raises becomes one line."""
    try:
        return attempt()
    except (OSError, UnetgenError):
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        what = {
            "write": f"this model cannot be exported as {entry.name}: {reason}; nothing was written",
            "run": f"the {entry.name} file does not run: {reason}; nothing was written; --unchecked writes "
            "it all the same",
        }
        raise UnetgenError(what[step]) from None
