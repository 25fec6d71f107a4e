"""What the tests of printed sources share: designs of all ops, files run in place, and ruff."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, get_args

import keras
import numpy as np

from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.emit.source.keras import keras_source
from unetgen.emit.source.torch import torch_source
from unetgen.model.building import uncompiled
from unetgen.model.running import give_random_weights
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    Activation,
    AdaptivePool,
    Add,
    AddVector,
    BlurPool,
    Concat,
    Conv,
    Crop,
    CropLike,
    CropToMultiple,
    Dropout,
    Flatten,
    GlobalPool,
    Multiply,
    Norm,
    Op,
    Pad,
    PadChannels,
    PadLike,
    PadToMultiple,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PositionAttention,
    PRelu,
    Resize,
    ResizeLike,
    Scale,
    SelectChannels,
    SelfAttention,
    Standardize,
    TransposedConv,
    UnitNorm,
    Upsample,
)
from unetgen.plan.ops.resample import Interpolation
from unetgen.plan.tensor import TensorSpec

ROOT = Path(__file__).parents[3]
PRINTERS = {"keras": keras_source, "torch": torch_source}
WIDTH = 100


def run(text: str) -> dict[str, Any]:
    """What a file of this text defines, as when it is imported."""
    names: dict[str, Any] = {"__name__": "unet"}
    exec(_compiled(text), names)
    return names


def _compiled(text: str) -> CodeType:
    return compile(text, "unet.py", "exec")


def imported(text: str) -> set[str]:
    """The packages that a text imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found


def complaints(folder: Path, texts: Mapping[str, str]) -> str:
    """What ruff says of the texts, with the project's rules and lines of at most `WIDTH` characters."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    select, ignore = ",".join(rules["select"]), ",".join(rules["ignore"])
    check = ["check", "--output-format=concise", f"--select={select}", f"--ignore={ignore}"]
    return _ruff(check, folder, texts) + reformatted(folder, texts)


def reformatted(folder: Path, texts: Mapping[str, str]) -> str:
    """What ruff would format otherwise."""
    return _ruff(["format", "--diff"], folder, texts)


def _ruff(command: Sequence[str], folder: Path, texts: Mapping[str, str]) -> str:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    common = ["--quiet", "--isolated", f"--line-length={WIDTH}", "--target-version=py311", str(folder)]
    ruff = [sys.executable, "-m", "ruff", *command, *common]
    said = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    return said.stdout


def of_all_ops(dims: int, data_format: str, free: bool = False) -> Design:
    """A design whose plan has one output for each of many ops, odd and even sizes among them."""
    spatial = (8, 12, 4)[:dims]
    builder = Builder(TensorSpec(spatial, 4, tuple(range(dims)) if free else ()))
    outputs = [builder.add(op, builder.input, name=f"op{index}") for index, op in enumerate(_ops(dims, free))]
    small = builder.add(Pool("max", (2,) * dims), builder.input, name="small")
    ones = (1,) * dims
    one, gate = (builder.add(Conv(n, ones, ones, ones), small, name=f"conv_to_{n}") for n in (4, 1))
    outputs += _merged(builder, small, one, gate, dims)
    data = load_design("unet3d_depth2", [f"input.data_format={data_format}", "skip=concat", "depth=2"])
    return Design(data.config, builder.finish(*outputs))


def _merged(builder: Builder, small: Node, one: Node, gate: Node, dims: int) -> list[Node]:
    """What takes several tensors, of one size and of two."""
    odd = builder.add(Crop(((1, 0),) * dims), builder.input, name="odd")
    mean = builder.add(GlobalPool(), small, name="mean")
    pairs: list[tuple[Op, tuple[Node, ...]]] = [
        (Add(), (small, one)),
        (Flatten(), (mean,)),
        (AddVector(), (small, mean)),
        (Concat(), (one, small, one)),
        (Multiply(), (small, gate)),
        (PositionAttention(), (gate, gate, one)),
        (ResizeLike("nearest"), (small, odd)),
        (ResizeLike("linear"), (small, odd)),
        (ResizeLike("linear_align_corners"), (small, odd)),
        (CropLike(), (odd, small, one)),
        (PadLike("constant"), (small, odd)),
        (PadLike("edge"), (small, odd)),
        (PadToMultiple((5,) * dims), (odd,)),
        (CropToMultiple((3,) * dims), (odd,)),
        (Pool("max", (3,) * dims, (2,) * dims, "same"), (odd,)),
        (Pool("average", (3,) * dims, (2,) * dims, "same"), (odd,)),
        (Pool("average", (2,) * dims, None, "same"), (odd,)),
    ]
    return [builder.add(op, *given, name=f"of_several{index}") for index, (op, given) in enumerate(pairs)]


def _ops(dims: int, free: bool) -> list[Op]:
    """Ops of one tensor of even sizes and four channels; those that need its sizes, where they are known."""
    ones, twos, threes = ((n,) * dims for n in (1, 2, 3))
    same_sizes: list[Op] = [
        Conv(4, threes, twos, ones),
        Conv(6, (2, 3, 4)[:dims], ones, ones),
        Conv(4, threes, ones, twos, groups=2, use_bias=False),
        Conv(3, (5, 4, 3)[:dims], (3, 2, 2)[:dims], ones),
        Conv(4, threes, twos, ones, "valid"),
        *(
            TransposedConv(3, (kernel,) * dims, (stride,) * dims, padding)
            for kernel, stride in ((2, 2), (3, 2), (4, 2), (2, 3), (3, 1))
            for padding in ("same", "valid")
        ),
        TransposedConv(4, threes, twos, "valid", groups=4),
        TransposedConv(6, (2, 5, 1)[:dims], (3, 2, 2)[:dims], "same", use_bias=False, groups=2),
        *(
            Pool(reduction, size, strides)
            for reduction in ("max", "average")
            for size, strides in ((twos, None),)
        ),
        Pool("average", threes, twos, "same"),
        GlobalPool("average"),
        GlobalPool("max"),
        AdaptivePool(twos),
        AdaptivePool((5, 3, 6)[:dims]),
        *(BlurPool((2, 1, 3)[:dims], taps) for taps in (2, 3, 5)),
        PixelUnshuffle((2, 3, 1)[:dims]),
        PixelUnshuffle(twos),
        PixelShuffle((2, 1, 2)[:dims]),
        *(Upsample((2, 3, 1)[:dims], interpolation) for interpolation in get_args(Interpolation)),
        Pad(((1, 2),) * dims),
        Pad(((2, 1),) * dims, "edge"),
        Crop(((1, 2), (0, 1), (1, 0))[:dims]),
        Norm("batch", 1e-3, 0.9),
        Norm("batch", 1e-5, 0.99, affine=False),
        Norm("batch", 1e-3, 0.9, affine="scale"),
        Norm("batch", 1e-3, 0.9, affine="center"),
        Norm("instance", 1e-5),
        Norm("group", 1e-3, groups=2),
        Norm("layer", 1e-3),
        Norm("layer", 1e-5, affine=False),
        PadChannels(3),
        PadChannels(2, is_detached=True),
        UnitNorm(),
        PRelu("channel"),
        PRelu("all", 0.1),
        Scale(0.5),
        SelectChannels((2, 1, 1, 0, 3)),
        Standardize((0.4, -1.0, 0.0, 2.0), (0.2, 1.0, 3.0, 0.5)),
        Standardize((1.5,) * 4, (0.2, 1.0, 3.0, 0.5)),
        Dropout(0.3),
        Dropout(0.3, spatial=True),
        SelfAttention(2, 3),
        SelfAttention(1, 4, use_bias=False),
        *(Activation(name) for name in ("softmax", "log_softmax", "sparsemax", "glu", "relu", "mish")),
        Activation("relu", {"max_value": 1.0, "negative_slope": 0.1}),
        Activation("gelu", {"approximate": True}),
        Activation("celu", {"alpha": 0.5}),
    ]
    if free:
        return same_sizes
    return [
        *same_sizes,
        PRelu("element"),
        Resize((5, 7, 6)[:dims], "nearest"),
        Resize((5, 7, 3)[:dims], "linear"),
        Resize((5, 7, 1)[:dims], "linear_align_corners"),
    ]


def with_random_weights(design: Design) -> keras.Model:
    """The model of a design as the library builds it, with random weights."""
    keras.backend.clear_session()
    model = uncompiled(design.config, design.plan)
    give_random_weights(model)
    return model


def sample(design: Design) -> np.ndarray:
    """A batch of two random inputs."""
    shape = design.plan.input.spec.shape(design.config.input.data_format)
    return np.random.default_rng(1).standard_normal((2, *shape), "float32")


def predicted(model: keras.Model, x: np.ndarray) -> Sequence[np.ndarray]:
    """The outputs of `predict`, always as a list."""
    outputs = model.predict(x, verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]
