"""Which of our layers depend on what Keras may change without notice."""

from __future__ import annotations

import ast
from pathlib import Path

import unetgen.layers


def private_names(file: Path) -> set[str]:
    """Attributes that begin with one underscore and are not set or defined in the file itself."""
    tree = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    here = {node.name for node in tree if isinstance(node, ast.FunctionDef)}
    here |= {n.attr for n in tree if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    read = {n.attr for n in tree if isinstance(n, ast.Attribute) and n.attr.startswith("_")}
    return {name for name in read - here if not name.startswith("__")}


def test_one_file_alone_reads_private_names_and_says_which() -> None:
    folder = Path(unetgen.layers.__file__).parent
    private = {file.name: names for file in folder.glob("*.py") if (names := private_names(file))}
    assert private.keys() == {"recomputing_model.py"}
    text = ast.get_docstring(ast.parse((folder / "recomputing_model.py").read_text(encoding="utf-8")))
    assert all(f"`{name}`" in str(text) for name in private["recomputing_model.py"])


def test_no_file_imports_what_is_not_public() -> None:
    for file in Path(unetgen.layers.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("keras.src") for name in names), file.name
