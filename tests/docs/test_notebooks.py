"""The notebooks run from top to bottom, each in a kernel of this Python, and show what they say they show."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "docs/notebooks"


def outputs(name: str, folder: Path) -> list[dict[str, Any]]:
    """All that the cells of a notebook put out, run in `folder` with a kernel that is written there."""
    kernel = folder / "kernels/here"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    said = {"argv": command, "display_name": "here", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(said), encoding="utf-8")
    specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")], ensure_native_kernel=False)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    environment |= {"JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    manager = AsyncKernelManager(kernel_name="here", kernel_spec_manager=specs)
    notebook = jupytext.read(NOTEBOOKS / f"{name}.py")
    client = NotebookClient(
        notebook, km=manager, timeout=300, startup_timeout=120, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=environment)
    return [dict(output) for cell in notebook.cells for output in cell.get("outputs", ())]


def shown(outputs: list[dict[str, Any]], kind: str) -> list[str]:
    return [output["data"][kind] for output in outputs if kind in output.get("data", {})]


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout")


def complaints(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        output
        for output in outputs
        if output["output_type"] == "error"
        or (output.get("name") == "stderr" and "Warning" in output["text"])
    ]


def test_every_notebook_is_run_here() -> None:
    assert {file.stem for file in NOTEBOOKS.glob("*.py")} == {"first_steps", "choosing"}


def test_first_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = outputs("first_steps", tmp_path)
    assert complaints(made) == []
    (figure,) = shown(made, "image/svg+xml")
    assert "3 levels" in figure
    config, plan = shown(made, "text/html")
    assert "sparse_categorical_crossentropy" in config
    assert "all 39 layers" in plan
    assert len(shown(made, "image/png")) == 1
    assert float(printed(made).split("Dice ")[1]) > 0.6


def test_choosing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = outputs("choosing", tmp_path)
    assert complaints(made) == []
    assert len(shown(made, "image/svg+xml")) == 3
    config, compared, summary = shown(made, "text/html")
    assert "residual" in config
    assert all(name in compared for name in ("plain", "residual", "attention", "plus_plus"))
    width = printed(made).split()[0]
    assert f"{width} base filters: <Plan of" in printed(made)
    assert "memory, batch of 8" in summary
    assert max(map(len, shown(made, "text/plain"))) < 200
