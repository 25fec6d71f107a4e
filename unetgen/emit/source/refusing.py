"""What a printed source cannot say: refused by name, all at once, before anything is written."""

from __future__ import annotations

from unetgen.config.design import Design
from unetgen.errors import UnetgenError


def require_printable(design: Design, target: str, precisions: tuple[str, ...] | None = None) -> None:
    """Raise `UnetgenError` with every setting of `execution` that the source would not follow.

    `precisions` are those that the target has; None: all but ``auto``.
    """
    execution, data_format = design.config.execution, design.config.input.data_format
    problems: list[str] = []
    if execution.layout not in ("declared", data_format):
        problems.append(_problem("layout", execution.layout, "declared"))
    if execution.optimize != "none":
        problems.append(_problem("optimize", execution.optimize, "none"))
    if execution.remat != "none":
        problems.append(_problem("remat", execution.remat, "none"))
    precision = execution.precision
    if precision == "auto" or (precisions is not None and precision not in precisions):
        problems.append(_problem("precision", precision, "float32"))
    if problems:
        raise UnetgenError("\n".join(f"{target}: {problem}" for problem in problems))


def _problem(field: str, given: str, instead: str) -> str:
    return f"execution.{field}: a source cannot say {given}; use the override execution.{field}={instead}"
