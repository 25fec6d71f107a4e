"""The resolved config: what a null stands for, said outright, and as YAML that builds again."""

from __future__ import annotations

import yaml

from unetgen.config.checks import head_activation, output_context
from unetgen.config.model import UNetConfig
from unetgen.parts.activation import FAMILY, ActivationChoice


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
    """`config` as YAML with every field, in the language's order; loading it gives an equal config."""
    return str(yaml.safe_dump(config.to_dict(), sort_keys=False, width=110, allow_unicode=True))
