"""Pages for users of other tools: their code runs where it is installed, and both sides count the same."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/coming_from"
PAGES = sorted(FOLDER.glob("*.md"))
COUNTED = [page for page in PAGES if page.stem != "plotneuralnet"]
"""Those of tools that build networks: PlotNeuralNet only draws."""

MODULES = {
    "BiaPy": "biapy",
    "Ludwig": "ludwig",
    "MONAI": "monai",
    "PlotNeuralNet": "pycore",
    "dynamic-network-architectures": "dynamic_network_architectures",
    "keras-unet-collection": "keras_unet_collection",
    "segmentation_models_pytorch": "segmentation_models_pytorch",
}
"""What a block of another tool begins with, and the module whose presence says that it is installed."""

THEIRS = re.compile(r"^```python\n# ([\w-]+) [\d.]+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PRINTED = re.compile(r"^print\(.*\)  # (.+)$", re.MULTILINE)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PARAMETERS = re.compile(r"^parameters +([\d,]+) \(.*?\)(?:, ([\d,]+) of them not trainable)?$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$|`[^`]*`", re.DOTALL | re.MULTILINE)
ISSUE = re.compile(r"\[[\w.-]+/[\w.-]+#(\d+)\]\(https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\1\)")


def snippet(page: Path) -> tuple[str, str]:
    """The tool and the code of the one block of another tool."""
    ((tool, code),) = THEIRS.findall(page.read_text(encoding="utf-8"))
    return tool, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_the_other_tool_prints_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool, code = snippet(page)
    if importlib.util.find_spec(MODULES[tool]) is None:
        pytest.skip(f"{tool} is not installed here")
    if tool == "keras-unet-collection" and importlib.util.find_spec("tensorflow") is None:
        pytest.skip(f"{tool} needs TensorFlow, which is not installed here")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, str(page), "exec"), {"__name__": page.stem})
    assert out.getvalue().splitlines()[-1:] == PRINTED.findall(code)


@pytest.mark.parametrize("page", COUNTED, ids=lambda page: page.stem)
def test_the_count_of_the_other_tool_is_ours(page: Path) -> None:
    """Our side is in a console block, which tests/docs/test_examples.py runs."""
    text = page.read_text(encoding="utf-8")
    _, code = snippet(page)
    (count,) = PRINTED.findall(code)
    consoles = "\n".join(CONSOLE.findall(text))
    totals = [number(total) - number(fixed or "0") for total, fixed in PARAMETERS.findall(consoles)]
    assert number(count) in totals


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_answers_requests_that_can_be_looked_up(page: Path) -> None:
    assert len(ISSUE.findall(page.read_text(encoding="utf-8"))) >= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_read_in_two_minutes(page: Path) -> None:
    assert len(CODE.sub("", page.read_text(encoding="utf-8")).split()) <= 450


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/coming_from.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(coming_from/(\w+\.md)\)", index)) == [page.name for page in PAGES]
