"""What a task raises."""

from __future__ import annotations

from unetgen.errors import UnetgenError


class TaskError(UnetgenError):
    """A task that went wrong where the message says it all: a traceback of this package would add nothing."""
