"""The figure of a config: what `unetgen.figure` returns and `unetgen diagram` writes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.emit.figure.compared import compared
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Picture
from unetgen.emit.figure.svg import svg
from unetgen.emit.figure.writers import DPI, SUFFIXES, Rows, written
from unetgen.errors import UnetgenError
from unetgen.files import publish, unwritable

View = Literal["block", "stage", "grid"]
Theme = Literal["okabe", "gray", "classic", "dark"]
Scale = Literal["log", "sqrt", "linear"]
LEAST_DPI, MOST_DPI = 36, 1200


@dataclass(frozen=True)
class Figure:
    """A figure at its final size; in a notebook it shows itself.

    `rows` say of every node of the plan what the page (``.html``) tells about it.
    """

    picture: Picture
    rows: Rows

    def __repr__(self) -> str:
        return f"<Figure of {self.picture.title}>"

    @property
    def svg(self) -> str:
        """The figure as SVG."""
        return svg(self.picture)

    @property
    def alt_text(self) -> str:
        """What the figure shows, in words, for those who cannot see it."""
        return self.picture.description

    @property
    def caption(self) -> str:
        """A caption in LaTeX."""
        return rf"\caption{{{self.picture.caption}}}"

    def _repr_svg_(self) -> str:
        """The figure on paper of its own: black text on the page of a dark notebook cannot be read."""
        paper = self.picture.background or "#ffffff"
        return self.svg.replace("<svg ", f'<svg style="background:{paper}" ', 1)

    def save(self, *files: str | os.PathLike[str], dpi: int = DPI) -> list[Path]:
        """Write the figure in the format of each file's suffix: all files, or none.

        ``.svg``, ``.pdf``, ``.png`` (of `dpi` pixels to the inch), ``.tex`` (TikZ) and ``.html``. Raises
        `UnetgenError` where one cannot be written; nothing has changed then.
        """
        paths = checked([Path(file) for file in files], dpi)
        publish({path: written(self.picture, path.suffix.lower(), self.rows, dpi) for path in paths})
        return paths


def figure_of(
    drawn: Design,
    other: Design | None = None,
    *,
    view: View = "block",
    width: str = "double",
    theme: Theme = "okabe",
    cuboid: bool = False,
    scale: Scale = "log",
) -> Figure:
    """The figure of one plan, or of two side by side."""
    config, plan = drawn.config, drawn.plan
    if other is None:
        single = picture(
            plan, name=config.name, view=view, width=width, theme=theme, cuboid=cuboid, scale=scale
        )
        return Figure(single, _rows(drawn))
    config_b, plan_b = other.config, other.plan
    both = compared(
        plan,
        plan_b,
        name_a=config.name,
        name_b=config_b.name,
        view=view,
        width=width,
        theme=theme,
        cuboid=cuboid,
        scale=scale,
    )
    # Both plans have nodes of the same names: those of a group get the letter that its name begins with.
    groups = {group: tuple(f"{group[0]}/{name}" for name in names) for group, names in both.groups.items()}
    rows = {**_rows(drawn, "a/"), **_rows(other, "b/")}
    return Figure(replace(both, groups=groups), rows)


def _rows(design: Design, prefix: str = "") -> Rows:
    return {f"{prefix}{row.name}": row for row in Summary(design).layers}


def checked(files: Iterable[Path], dpi: int) -> list[Path]:
    """`files`, each once, if every one could be written, or a `UnetgenError` with all that is wrong."""
    files = list(dict.fromkeys(files))
    wrong = unwritable(files, SUFFIXES)
    if not LEAST_DPI <= dpi <= MOST_DPI:
        wrong.append(f"dpi: must be {LEAST_DPI} to {MOST_DPI} (got {dpi})")
    if wrong:
        raise UnetgenError("\n".join(wrong))
    return files
