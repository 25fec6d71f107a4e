"""The resolved config: what a null stands for, said outright, and as YAML that builds again."""

from __future__ import annotations

import re
from typing import Any

import yaml

from unetgen import __version__
from unetgen.config.checks import head_activation, output_context
from unetgen.config.model import UNetConfig
from unetgen.config.yaml.scalars import read_scalar
from unetgen.parts.activation import FAMILY, ActivationChoice

HEADER = (
    "# Written by unetgen {version}: every field of the config, said outright. It builds the same model.\n"
)
_WORD = re.compile(r"[a-z][a-z0-9_]+")
_REFERENCE = re.compile(r"(\\*)\$\{")


def with_defaults(config: UNetConfig) -> UNetConfig:
    """`config` with the head's activation and the loss chosen, where it left them open."""
    head = config.head
    if head.activation is None:
        head = head.model_copy(update={"activation": ActivationChoice.parse(FAMILY, head_activation(config))})
    compile_ = config.compile.resolved(output_context(config))
    if head is config.head and compile_ is config.compile:
        return config
    return config.model_copy(update={"head": head, "compile": compile_})


def to_yaml(config: UNetConfig) -> str:
    """`config` as YAML with every field, in the language's order; loading it gives an equal config.

    A null that is left means what the field's documentation says of null.
    """
    data = with_defaults(config).to_dict()
    text = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True, default_flow_style=None
    )
    return HEADER.format(version=__version__) + text


class _Dumper(yaml.SafeDumper):
    """Every text in quotes, but for words that no reader of YAML takes for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_word = _WORD.fullmatch(text) and read_scalar(text) == text
    escaped = _REFERENCE.sub(r"\1\1\\${", text)  # else it would be a reference to a field
    return dumper.represent_scalar("tag:yaml.org,2002:str", escaped, style=None if is_word else '"')


_Dumper.add_representer(str, _text)
