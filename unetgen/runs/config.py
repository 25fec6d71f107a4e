"""RunConfig: the language of run files, which say what an experiment needs beside the architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from unetgen.config.model import UNetConfig
from unetgen.data.config import DataConfig
from unetgen.errors import Wrong
from unetgen.parts.part import Part
from unetgen.runs.fit import FitConfig


def _model(value: object) -> object:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, Mapping):
        return dict(value)
    hint = "write the name of a bundled config, a .yaml file, or a config itself"
    raise Wrong.of("must be a config", got=value, hint=hint)


Named = Annotated[str, Field(min_length=1)]
"""A config by its name or its file."""


class RunConfig(Part):
    """A run: a network, the images it learns from, and how."""

    model: Annotated[str | dict[str, Any], BeforeValidator(_model, json_schema_input_type=Named | UNetConfig)]
    """The network: the name of a bundled config, a config's file, relative to the run file, or a config
    itself. Overrides reach into it as `model.depth=4`."""
    data: DataConfig = DataConfig()
    """The images and masks, and what is done with them."""
    fit: FitConfig = FitConfig()
    """How the network is trained."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Decides all that is random but the initial weights, whose seed is the model's."""
