"""The docstring of a source holds its config, which makes the same network again."""

from __future__ import annotations

import ast

import pytest

from tests.emit.source.sources import PRINTERS
from unetgen.config.loader import design_from_text, from_dict, load_design
from unetgen.config.lowering import lower

HOSTILE = 'a """ b \\ c ${d} \n e # f: "g"'


@pytest.mark.parametrize("framework", PRINTERS)
@pytest.mark.parametrize("name", ["unet3d_depth2", "nnunet_liver_3d_resenc", "u2net"])
def test_the_docstring_s_config_makes_the_same_network(name: str, framework: str) -> None:
    design = load_design(name, [])
    docstring = str(ast.get_docstring(ast.parse(PRINTERS[framework](design))))
    again = design_from_text(docstring.partition("\n\n")[2], name)
    assert again.config == design.config
    assert docstring.endswith(f"# fingerprint: {again.plan.fingerprint}")


@pytest.mark.parametrize("framework", PRINTERS)
def test_no_text_of_a_config_leaves_the_docstring(framework: str) -> None:
    data = load_design("quickstart2d", []).config.to_dict() | {"source": HOSTILE}
    design = lower(from_dict(data))
    tree = ast.parse(PRINTERS[framework](design))
    docstring = str(ast.get_docstring(tree, clean=False))
    assert design_from_text(docstring.partition("\n\n")[2], "docstring").config.source == HOSTILE
    plain = ast.parse(PRINTERS[framework](load_design("quickstart2d", [])))
    assert [ast.dump(node) for node in tree.body[1:]] == [ast.dump(node) for node in plain.body[1:]]
