"""What a config model says of itself and its fields: docstrings, read only where somebody asks.

Pydantic can do the same at import, at a cost that every command would pay.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise

import yaml
from pydantic import BaseModel


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The description of every field of `model`, its bases' fields included, each on one line."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            docs |= _own_docs(base)
    described = {name: info.description for name, info in model.model_fields.items() if info.description}
    texts = (docs | described).items()
    return {name: " ".join(text.split()) for name, text in texts if name in model.model_fields}


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of the docstring of `model`, on one line."""
    return " ".join(inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0].split())


def one_line(value: object) -> str:
    """`value` as a config says it, on one line."""
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10_000)
    return text.strip().removesuffix("...").strip()


def _own_docs(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except OSError:  # installed without sources
        return {}
    (body,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(body, ast.ClassDef)
    docs: dict[str, str] = {}
    for statement, after in pairwise(body.body):
        match statement, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = text
    return docs
