"""picture: from a plan to the display list of its figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from unetgen.emit.figure import (
    added_input,
    block_layout,
    block_view,
    explain,
    grid_explain,
    grid_layout,
    grid_view,
    legend,
    stage_view,
)
from unetgen.emit.figure.drawn_grid import drawn_grid, needs_grid
from unetgen.emit.figure.drawn_u import DrawnU
from unetgen.emit.figure.measures import SCALES, Scale
from unetgen.emit.figure.pen import Pen
from unetgen.emit.figure.shapes import Picture
from unetgen.emit.figure.themes import THEMES, theme_named
from unetgen.emit.figure.u_reading import drawn_u
from unetgen.emit.figure.widths import WIDTHS, width_in_points
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Plan

__all__ = ["SCALES", "THEMES", "VIEWS", "WIDTHS", "Scale", "View", "picture", "width_in_points"]

View = Literal["block", "stage", "grid"]
VIEWS: tuple[View, ...] = ("block", "stage", "grid")
ABOVE_LEGEND = 5.0
TOP = 1.5
BOTTOM = 1.5
PREFIX = 8


def picture(
    plan: Plan,
    *,
    name: str,
    view: View = "block",
    width: str | float = "double",
    theme: str = "okabe",
    cuboid: bool = False,
    scale: Scale = "log",
) -> Picture:
    """The figure of `plan` on paper of `width` points (or a name such as ``single``).

    Where the block view's arrows would get shorter than 6 points the figure shows the stage view, and
    its `notes` say so. Raises `UnetgenError` where no view fits, and for options that do not exist.
    """
    points, pen = width_in_points(width), Pen(theme_named(theme))
    _known("view", view, VIEWS)
    _known("scale", scale, SCALES)
    if view == "grid" or needs_grid(plan):
        return _grid(pen, plan, name, points, view, cuboid)
    network = drawn_u(plan)
    added_input.require_top(network, network.heads.items())
    if cuboid:
        _require_cuboids(network, view)
    notes: tuple[str, ...] = ()
    if view == "block" and (without := _not_in_block_view(network)):
        view, notes = "stage", (_instead(view, without),)
    if view == "block":
        blocks = block_layout.blocks(network, points, scale, cuboid)
        if blocks is not None:
            start = (points - blocks.width) / 2
            bottom = block_view.draw(pen, blocks, start, TOP)
            return _finished(
                pen, network, name, points, bottom, "block", dict(block_view.groups(network)), notes
            )
        more = "; cuboids need the block view" if cuboid else ""
        notes = (
            f"the block view does not fit a width of {points:g} pt with arrows of 6 pt or more, "
            f"so this is the stage view{_needed(network, points, scale, cuboid)}{more}",
        )
        view = "stage"
    stairs = stage_view.stages(network, points, scale)
    if stairs is None:
        advice = _wider(points, lambda wider: stage_view.stages(network, wider, scale))
        raise UnetgenError(f"no view of this network fits a width of {points:g} pt; {advice}")
    bottom = stage_view.draw(pen, stairs, (points - stairs.width) / 2, TOP)
    return _finished(pen, network, name, points, bottom, "stage", stage_view.groups(network), notes)


def _require_cuboids(network: DrawnU, view: View) -> None:
    if network.dims != 3:
        raise UnetgenError(
            f"cuboids are for 3D networks, and this one is {network.dims}D; leave out --cuboid"
        )
    if view != "block":
        raise UnetgenError(f"the {view} view has no cuboids; use the block view, or leave out --cuboid")


def _grid(pen: Pen, plan: Plan, name: str, points: float, view: View, cuboid: bool) -> Picture:
    network = drawn_grid(plan)
    added_input.require_top(network, [(key[0], head) for key, _, head in network.heads])
    if cuboid:
        raise UnetgenError(
            "the grid view has no cuboids, and no other shows this network; leave out --cuboid"
        )
    notes = () if view == "grid" else (f"the {view} view shows a single U, so this is the grid view",)
    grid = grid_layout.grid(network, points)
    if grid is None:
        advice = _wider(points, lambda wider: grid_layout.grid(network, wider))
        raise UnetgenError(f"no view of this network fits a width of {points:g} pt; {advice}")
    bottom = grid_view.draw(pen, grid, (points - grid.width) / 2, TOP)
    height = legend.draw(pen, grid_explain.entries(network), points, bottom + ABOVE_LEGEND) + BOTTOM
    return Picture(
        width=points,
        height=height,
        background=pen.theme.background,
        shapes=tuple(pen.shapes),
        groups={op.group: tuple(node.name for node in op.nodes) for op in network.operations},
        title=grid_explain.title(network, name),
        description=grid_explain.description(network, name),
        caption=grid_explain.caption(network, name),
        prefix=f"u{plan.fingerprint[:PREFIX]}",
        notes=notes,
    )


def _not_in_block_view(network: DrawnU) -> str:
    """What of the network the block view cannot draw; nothing where it can draw all."""
    if network.joins_late:
        return "levels whose skips join before the way up"
    if network.takes_inside:
        return "skips that begin inside a block"
    if network.parted:
        return "ways down from within a block"
    return "blocks with branches" if network.rich else ""


def _instead(view: View, what: str) -> str:
    return f"the {view} view has no way to draw {what}, so this is the stage view"


def _finished(
    pen: Pen,
    network: DrawnU,
    name: str,
    points: float,
    bottom: float,
    view: View,
    groups: Mapping[str, tuple[str, ...]],
    notes: tuple[str, ...],
) -> Picture:
    entries = explain.entries(network, view == "stage")
    height = legend.draw(pen, entries, points, bottom + ABOVE_LEGEND) + BOTTOM
    return Picture(
        width=points,
        height=height,
        background=pen.theme.background,
        shapes=tuple(pen.shapes),
        groups=groups,
        title=explain.title(network, name),
        description=explain.description(network, name),
        caption=explain.caption(network, name, view == "stage"),
        prefix=f"u{network.plan.fingerprint[:PREFIX]}",
        notes=notes,
    )


def _known(what: str, given: str, known: object) -> None:
    names = list(known)  # type: ignore[call-overload]
    if given not in names:
        raise UnetgenError(f"no such {what}: {given!r}; there are {', '.join(names)}")


def _needed(network: DrawnU, points: float, scale: Scale, cuboid: bool) -> str:
    text = _wider(points, lambda width: block_layout.blocks(network, width, scale, cuboid))
    return f"; for the block view {text}"


def _wider(points: float, fits: Callable[[float], object]) -> str:
    """The narrowest named width that would do, or the width in points."""
    for name, width in sorted(WIDTHS.items(), key=lambda item: item[1]):
        if width > points and fits(width):
            return f"use width {name} ({width:g} pt)"
    for width in range(int(points) + 20, 3000, 20):
        if fits(width):
            return f"use a width of {width} pt"
    return "use a smaller depth"
