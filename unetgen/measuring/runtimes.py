"""What a user could run a network in, one row a way, and what has to be installed for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from unetgen.errors import UnetgenError
from unetgen.measuring.side import TimedSide, What
from unetgen.shell import install
from unetgen.spelling import did_you_mean

BOTH: tuple[What, ...] = ("inference", "training")
PLAIN = "keras-declared"
"""The way that all others are compared with: Keras as the config declares it."""
HALF: Final = "bfloat16"


@dataclass(frozen=True)
class Way:
    """One row of the tables: its `label` for people, its `group`, and how its side is made."""

    label: str
    group: str
    maker: str
    precision: Literal["float32", "bfloat16"] = "float32"
    layout: Literal["declared", "channels_last"] = "declared"
    is_optimized: bool = False
    """In Keras: rewritten for what is measured."""
    is_compiled: bool = False
    whats: tuple[What, ...] = BOTH
    needs: tuple[str, ...] = ()
    """Modules, as they are imported, beside those that unetgen needs itself."""

    def side(self, name: str, what: What) -> TimedSide:
        """The side that is measured. It says all of `execution`, so that the config's own counts nowhere."""
        in_keras = self.maker == "config"
        half = "mixed_bfloat16" if in_keras and self.precision == HALF else "float32"
        optimize = what if self.is_optimized and in_keras else "none"
        said = f"layout: {self.layout}, precision: {half}, remat: none, optimize: {optimize}"
        return TimedSide(
            name,
            self.maker,
            network=self.group,
            precision=self.precision,
            overrides=(f"execution={{{said}}}",),
            is_compiled=self.is_compiled,
            whats=self.whats,
        )


_TORCH, _ONNX, _OPENVINO = ("torch",), ("onnx", "onnxruntime"), ("onnx", "openvino")
_SERVED: tuple[What, ...] = ("inference",)
WAYS: Mapping[str, Way] = {
    PLAIN: Way("Keras, as declared", "keras", "config"),
    "keras-channels-last": Way("Keras, channels last", "keras", "config", layout="channels_last"),
    "keras-optimized": Way("Keras, optimized", "keras", "config", is_optimized=True),
    "keras-optimized-bfloat16": Way("Keras, optimized, bfloat16", "keras", "config", HALF, is_optimized=True),
    "torch": Way("PyTorch", "torch", "source", needs=_TORCH),
    "torch-bfloat16": Way("PyTorch, bfloat16", "torch", "source", HALF, needs=_TORCH),
    "torch-compiled": Way("PyTorch, compiled", "torch", "source", is_compiled=True, needs=_TORCH),
    "torch-compiled-bfloat16": Way(
        "PyTorch, compiled, bfloat16", "torch", "source", HALF, is_compiled=True, needs=_TORCH
    ),
    "onnxruntime": Way("ONNX Runtime", "onnxruntime", "file", whats=_SERVED, needs=_ONNX),
    "openvino": Way("OpenVINO", "openvino", "file", whats=_SERVED, needs=_OPENVINO),
    "openvino-bfloat16": Way("OpenVINO, bfloat16", "openvino", "file", HALF, whats=_SERVED, needs=_OPENVINO),
    "litert": Way("LiteRT", "litert", "file", whats=_SERVED, needs=("tensorflow",)),
}
"""By the name that `--runtimes` takes. Files are those of `unetgen export --optimize`."""
GROUPS = tuple(dict.fromkeys(way.group for way in WAYS.values()))


def chosen_ways(names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names`, each of a way or of a group of them, and Keras as declared; all where none is named.

    Raises `UnetgenError` with every name that there is not.
    """
    if not names:
        return tuple(WAYS)
    unknown = [name for name in names if name not in WAYS and name not in GROUPS]
    if unknown:
        raise UnetgenError("\n".join(f"--runtimes: there is no {name!r}; {_hint(name)}" for name in unknown))
    return tuple(name for name, way in WAYS.items() if name == PLAIN or name in names or way.group in names)


def _hint(name: str) -> str:
    known = tuple(dict.fromkeys((*GROUPS, *WAYS)))
    return did_you_mean(name, known) or f"use some of: {', '.join(known)}"


def missing(ways: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The packages that are not installed, of each of these ways that lacks any."""
    lacking = {
        name: tuple(module for module in WAYS[name].needs if importlib.util.find_spec(module) is None)
        for name in ways
    }
    return {name: packages for name, packages in lacking.items() if packages}


def install_line(packages: Collection[str]) -> str:
    """The command that installs them; a package here is called as it is imported."""
    return install(*dict.fromkeys(packages))
