"""The house: imports point one way, and only two rooms import Keras."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "unetgen"
GROUND = (
    "errors",
    "spelling",
    "legal_sizes",
    "visible",
    "html_tables",
    "files",
    "reading",
    "near_files",
    "colour",
    "archives",
    "targets",
    "deferred",
    "installed",
    "site",
    "shell",
)
ORDER = (
    *(
        "plan",
        "rewrites",
        "parts",
        "images",
        "data",
        "config",
        "runs",
        "analysis",
        "emit",
        "weights",
        "model",
    ),
    *("predicting", "training", "importing", "suggesting", "starting", "sweep", "measuring", "completing"),
    "commands",
)
"""The rooms from the bottom up: each may import the ground, itself and those before it."""
BESIDE = {
    "layers": {"errors", "legal_sizes", "targets"},
    "rewrites": {*GROUND, "plan"},
    "parts": {*GROUND, "plan"},
    "images": set(GROUND),
    "data": {*GROUND, "parts", "images"},
}
"""Rooms that see less than their place in the order would allow."""
SEES_LAYERS = {"emit", "model"}
ABOVE = {"__init__", "__main__", "cli"}
"""What sees everything."""
KERAS_ROOMS = (
    "emit/keras/construction.py",
    "emit/litert/",
    "layers/",
    "measuring/sides/matmul.py",
    "model/exporting/",
    "model/fused_update.py",
    "model/session.py",
    "training/callbacks.py",
    "training/feeding.py",
    "training/tensorboard.py",
)
HEAVY = {"keras", "tensorflow"}


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_imports_point_one_way() -> None:
    wrong: dict[str, set[str]] = {}
    for file in files():
        here = room(file)
        rooms = {name.split(".")[1] for name in imported(file) if name.startswith("unetgen.")}
        if here not in ABOVE and (unseen := rooms - {here} - allowed(here)):
            wrong[str(file.relative_to(PACKAGE))] = unseen
    assert wrong == {}


def allowed(here: str) -> set[str]:
    if here in GROUND:
        return set(GROUND) - {here}
    if here in BESIDE:
        return BESIDE[here]
    return {*GROUND, *ORDER[: ORDER.index(here)]} | ({"layers"} if here in SEES_LAYERS else set())


def test_every_room_has_its_place() -> None:
    assert {room(file) for file in files()} == {*GROUND, *ORDER, "layers", *ABOVE}


def at_run_time(file: Path) -> set[str]:
    """Packages that the file imports anywhere, also inside functions, but for types only."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        waiting += ast.iter_child_nodes(node)
    return found


def test_only_two_rooms_import_keras() -> None:
    places = {file.relative_to(PACKAGE).as_posix(): file for file in files()}
    wrong = [place for place, file in places.items() if at_run_time(file) & HEAVY]
    assert [place for place in wrong if not place.startswith(KERAS_ROOMS)] == []
    assert wrong, "those that may"


def modules() -> str:
    names = "unetgen.cli, unetgen.config.loader, unetgen.analysis.summary, unetgen.emit.text.report"
    code = f"import unetgen, {names}\n"
    code += "unetgen.plan(unetgen.load('unet3d_depth2'))\n"
    code += "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_planning_imports_neither_keras_nor_numpy_nor_hydra() -> None:
    assert not set(modules().split()) & {*HEAVY, "numpy", "hydra", "omegaconf"}


def test_importing_the_package_is_cheap() -> None:
    code = "import unetgen, sys; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {name.split(".")[0] for name in found.split()} & {*HEAVY, "numpy", "pydantic", "yaml", "hydra"}


def test_no_two_modules_import_each_other() -> None:
    graph = {}
    for file in files():
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = _eager(file)
    graph = {name: {target for target in targets if target in graph} for name, targets in graph.items()}
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        state[name] = 1
        for target in sorted(graph[name]):
            assert state.get(target) != 1, f"circle: {' -> '.join((*path, name, target))}"
            if target not in state:
                visit(target, (*path, name))
        state[name] = 2

    for name in graph:
        if name not in state:
            visit(name, ())


def _eager(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found
