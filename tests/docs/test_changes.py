"""The rows of docs/architecture.md are true: changes as a contributor makes them, in a copy of the package.

Each says which files it touches, and is then used through the command line or the public API.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Change:
    """New files, and in files that are there a text and what comes in its place."""

    new: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    most_files: int = 0
    row: str = ""
    """How its row in the page begins."""
    script: str = ""
    """What is run with it, and raises where the change has no effect."""


LOSS = Change(
    row="a new loss or metric",
    most_files=3,
    edits={
        "unetgen/parts/training/regression.py": {
            "class Huber(Regression):": '''class LogCosh(Regression):
    """Logarithm of the hyperbolic cosine of the differences."""

    kind: Literal["log_cosh"] = Field("log_cosh", description="Which loss.")

    def demands(self, context: OutputContext) -> Demands:
        return NUMBERS

    def call(self, context: OutputContext) -> Call:
        return self.difference("log_cosh", context)


class Huber(Regression):'''
        },
        "unetgen/layers/regression_loss.py": {
            '    "huber": _huber,\n': '    "huber": _huber,\n'
            '    "log_cosh": lambda difference, _: ops.log(ops.cosh(difference)),\n',
        },
        "unetgen/parts/training/losses.py": {
            "import Huber, ": "import Huber, LogCosh, ",
            "        | Huber\n": "        | Huber\n        | LogCosh\n",
            '        "huber"': '        "log_cosh": "regression.LogCosh",\n        "huber"',
        },
    },
    script="""
        import unetgen
        overrides = ["compile={loss: log_cosh, metrics: []}", "head.activation=linear", "input.shape=[16,16]"]
        model = unetgen.build(unetgen.load("quickstart2d", overrides))
        assert model.loss.of == "log_cosh"
        from unetgen.config.schema.json_schema import json_schema
        assert "log_cosh" in str(json_schema())
    """,
)
REWRITE = Change(
    row="an exact rewrite",
    most_files=2,
    new={
        "unetgen/rewrites/border.py": '''"""Borders of no width dropped."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.plan.ops import Pad
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class DropEmptyPad(Rewrite):
    """A pad by nothing changes nothing."""

    name = "drop empty pad"
    guarantee = "bitwise"
    for_training = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if isinstance(node.op, Pad) and not any(map(any, node.op.amounts)):
                yield Change((node.name,), (), (node.name, node.inputs[0]))
'''
    },
    edits={
        "unetgen/rewrites/__init__.py": {
            "from unetgen.rewrites.dropout": "from unetgen.rewrites.border import DropEmptyPad\n"
            "from unetgen.rewrites.dropout",
            "    DropDropout(),": "    DropDropout(),\n    DropEmptyPad(),",
        }
    },
    script="""
        from unetgen.plan.builder import Builder
        from unetgen.plan.ops import Conv, Pad
        from unetgen.plan.tensor import TensorSpec
        from unetgen.rewrites import FOR_INFERENCE
        from unetgen.rewrites.manager import rewritten
        builder = Builder(TensorSpec((8,), 2))
        padded = builder.add(Pad(((0, 0),)), builder.input, name="pad")
        plan = builder.finish(builder.add(Conv(4, (3,), (1,), (1,)), padded, name="conv"))
        done = rewritten(plan, FOR_INFERENCE)
        assert [step.rewrite.name for step in done.steps][0] == "drop empty pad"
        assert not any(isinstance(node.op, Pad) for node in done.plan.nodes)
    """,
)
OP = Change(
    row="a new primitive operation",
    most_files=4,
    new={
        "unetgen/plan/ops/negate.py": '''"""Negate: the opposite of each value."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.plan.ops.base import SamePosition, Specs
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Negate(SamePosition):
    """The opposite of each value."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]
'''
    },
    edits={
        "unetgen/plan/ops/__init__.py": {
            "    from unetgen.plan.ops.pointwise": "    from unetgen.plan.ops.negate import Negate\n"
            "    from unetgen.plan.ops.pointwise",
            '    "PadChannels": "merge",\n': '    "PadChannels": "merge",\n    "Negate": "negate",\n',
        },
        "unetgen/emit/keras/table.py": {
            "    AppendOnes: _append_ones,": "    AppendOnes: _append_ones,\n"
            '    Negate: lambda op, inputs, e: Call("keras.layers.Rescaling", {"scale": -1.0}),',
            "    Multiply,\n    Norm,": "    Multiply,\n    Negate,\n    Norm,",
        },
        "unetgen/emit/onnx/table.py": {
            "    MergedConv: merged_conv,": "    MergedConv: merged_conv,\n"
            '    Negate: lambda op, w: w.last("Neg", w.x),',
            "    Multiply,\n    Norm,": "    Multiply,\n    Negate,\n    Norm,",
        },
    },
    script="""
        import numpy as np
        from unetgen.emit.keras.construction import build
        from unetgen.emit.keras.table import LAYERS, Emission
        from unetgen.plan.builder import Builder
        from unetgen.plan.ops import ALL_OPS, Negate
        from unetgen.plan.tensor import TensorSpec
        from unetgen.emit.onnx.table import NODES
        from unetgen.emit.onnx.walk import Interface, graph_of
        assert set(LAYERS) == set(NODES) == set(ALL_OPS) and Negate().words() == "negate"
        builder = Builder(TensorSpec((8,), 2))
        plan = builder.finish(builder.add(Negate(), builder.input, name="negate"))
        graph = graph_of(plan, {}, Interface("channels_first"))
        assert [node.operator for node in graph.nodes] == ["Neg"]
        model = build(plan, "negated", Emission("channels_last"))
        x = np.arange(16, dtype="float32").reshape(1, 8, 2)
        assert (model.predict(x, verbose=0) == -x).all()
    """,
)
FORMAT = Change(
    row="a format of exports",
    most_files=2,
    new={
        "unetgen/model/exporting/torch.py": """
from unetgen.model.exporting.format import Format


class Torch(Format):
    name, suffix, extra, written_with = "torch", ".pt2", "torch", ("no_such_package",)

    def write(self, trained, place):
        raise NotImplementedError

    def run(self, trained, place, x):
        raise NotImplementedError
"""
    },
    edits={
        "unetgen/model/exporting/formats.py": {
            "(SavedModel(), ": "(Torch(), SavedModel(), ",
            "from unetgen.model.exporting.saved_model": "from unetgen.model.exporting.torch import Torch\n"
            "from unetgen.model.exporting.saved_model",
        },
    },
    script="""
        from pathlib import Path
        from unetgen.errors import UnetgenError
        from unetgen.model.exporting.formats import FORMATS, format_of
        from unetgen.model.exporting.writing import require_exportable
        assert format_of(Path("model.pt2"), None) == "torch"
        try:
            require_exportable(Path("model.pt2"), FORMATS["torch"])
        except UnetgenError as error:
            assert "torch needs no_such_package" in str(error)
        else:
            raise AssertionError("a missing package was not missed")
    """,
)
GLYPH = Change(
    row="a glyph or a colour of the figures",
    most_files=5,
    edits={
        "unetgen/emit/figure/themes.py": {
            'Fill = Literal["map", ': 'Fill = Literal["attention", "map", ',
            '"gate": "#F7E3C4",': '"gate": "#F7E3C4", "attention": "#ABCDEF",',
        },
        "unetgen/emit/figure/pen.py": {
            'self.circle(centre, GATE, "gate", ': 'self.circle(centre, GATE, "attention", '
        },
    },
    script="""
        import unetgen
        overrides = ["skip=attention", "depth=2"]
        figure = unetgen.figure(unetgen.load("quickstart2d", overrides))
        assert figure.svg.count("#ABCDEF") == 2  # the gate, and its line in the legend
    """,
)
SAID = Change(
    row="what `unetgen show` says",
    most_files=1,
    edits={
        "unetgen/analysis/summary.py": {
            '    "macs": lambda summary: summary.macs,': '    "macs": lambda summary: summary.macs,\n'
            '    "nodes": lambda summary: len(summary.layers),'
        }
    },
    script="""
        import contextlib, io, json
        from unetgen.cli import main
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert main(["show", "unet3d_depth2", "--json"]) == 0
        said = json.loads(out.getvalue())
        assert said["nodes"] == len(said["layers"]) > 10
    """,
)
CHANGES = {
    "loss": LOSS, "rewrite": REWRITE, "op": OP, "format": FORMAT, "glyph": GLYPH, "said": SAID,
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_touches_few_files_and_works(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {change.row}")]
    shutil.copytree(ROOT / "unetgen", tmp_path / "unetgen", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    assert run(change.script, tmp_path) != 0  # before the change
    for file, text in change.new.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    for file, replaced in change.edits.items():
        text = (tmp_path / file).read_text(encoding="utf-8")
        for old, new in replaced.items():
            assert text.count(old) == 1, f"{file}: {old!r}"
            text = text.replace(old, new)
        (tmp_path / file).write_text(text, encoding="utf-8")
    touched = [*change.new, *change.edits]
    assert len(touched) <= change.most_files
    assert all(str(Path(file).parent.relative_to("unetgen")) in row for file in touched), row
    assert run(change.script, tmp_path) == 0


def run(script: str, folder: Path) -> int:
    environment = {**os.environ, "PYTHONPATH": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)], cwd=folder, env=environment, capture_output=True, check=False
    )
    return done.returncode
