"""Write docs/api.md, the reference of the Python API, from its docstrings, by ``make docs``."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import FunctionType

import unetgen

MEMBERS = {
    "Predictor": ("__call__", "labels", "scores"),
    "UNetConfig": ("dims", "class_axis", "to_dict", "digest"),
}
"""What is described of a class beside itself."""
ROOT = Path(__file__).parents[1]
START = """\
# Python API

This page is made from the docstrings by `make docs`. All of it is in `unetgen`, and importing that imports
neither TensorFlow nor Keras: they are loaded where a model is built. Errors are under [errors](errors.md),
fields of a config under [the config language](config.md).

```python
>>> import unetgen
>>> from unetgen import *

```
"""


def page() -> str:
    """The whole page."""
    functions = [name for name in unetgen.__all__ if isinstance(getattr(unetgen, name), FunctionType)]
    classes = [name for name in unetgen.__all__ if name not in functions]
    parts = [START]
    for name in functions:
        parts += described("##", f"unetgen.{name}", getattr(unetgen, name))
    for name in classes:
        parts += _class(name, getattr(unetgen, name))
    return "\n".join(parts)


def _class(name: str, cls: type) -> Iterator[str]:
    yield f"## `unetgen.{name}`\n"
    yield markdown(inspect.getdoc(cls) or "")
    if name == "UNetConfig":
        yield "Its fields are those of [the config language](config.md#fields-at-the-top).\n"
    for member in MEMBERS.get(name, ()):
        of = vars(cls)[member]
        function = of.fget if isinstance(of, property) else getattr(of, "func", of)
        yield from described("###", f"{name}.{member}", function, is_value=function is not of)


def described(heading: str, name: str, function: FunctionType, is_value: bool = False) -> Iterator[str]:
    """The heading, signature and docstring of a function."""
    yield f"{heading} `{name}`\n"
    if not is_value:
        yield f"```py\n{signature(name, function)}\n```\n"
    yield markdown(inspect.getdoc(function) or "")


def signature(name: str, function: FunctionType) -> str:
    """The head of `function` as its source has it; an argument a line where one line would be too long."""
    (tree,) = ast.parse(dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    given, returned = tree.args, ast.unparse(tree.returns) if tree.returns else "None"
    given.args = [each for each in given.args if each.arg != "self"]
    whole = re.sub(r"(?<=\S)=(?=\S)", " = ", ast.unparse(given))
    if len(name) + len(whole) + len(returned) < 100:
        return f"{name}({whole}) -> {returned}"
    arguments = "".join(f"    {each},\n" for each in re.split(r", (?=\*|\w+:)", whole))
    return f"{name}(\n{arguments}) -> {returned}"


def markdown(docstring: str) -> str:
    """A docstring as Markdown: examples fenced, arguments as a list, names in single backquotes."""
    parts = []
    for part in docstring.split("\n\n"):
        if part.startswith(">>> "):
            parts.append(f"```python\n{part}\n\n```")
            continue
        text = re.sub(r"``(.+?)``", r"`\1`", part, flags=re.DOTALL)
        if text.startswith("Args:\n"):
            text = re.sub(r"^    (\w+): ", r"- `\1`: ", text.removeprefix("Args:\n"), flags=re.MULTILINE)
            text = re.sub(r"^ {8}", "  ", text, flags=re.MULTILINE)
        parts.append(text)
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "api.md").write_text(page(), encoding="utf-8", newline="\n")
