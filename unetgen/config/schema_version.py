"""The version of the config language: `schema_version`.

It counts up with each change of the language that old files would not survive as they are. Version 1 is the
first that files say; before it came `unetgen.config.renamed`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from unetgen import __version__
from unetgen.errors import Wrong

SCHEMA_VERSION = 1
"""The version that this unetgen writes, and the last one that it reads."""
KEY = "schema_version"


def _known(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value > SCHEMA_VERSION:
        raise Wrong.of(
            f"is newer than unetgen {__version__}, which reads versions up to {SCHEMA_VERSION}",
            got=value,
            hint="use the unetgen that wrote the file, or a newer one",
        )
    return value


SchemaVersion = Annotated[int, Field(ge=1, le=SCHEMA_VERSION), BeforeValidator(_known)]
