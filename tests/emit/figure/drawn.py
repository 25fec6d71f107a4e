"""A display list made by hand: one of every shape, and a label with what formats escape."""

from __future__ import annotations

from unetgen.analysis.summary import LayerRow
from unetgen.emit.figure.shapes import Circle, Line, Picture, Polygon, Shape, Text
from unetgen.plan.place import Place

SPECIAL = "conv_3×3, 50 % & <b> #1 {x} $y$ ~z^2 \\w “q”"
SHAPES: tuple[Shape, ...] = (
    Polygon(((20, 20), (30, 20), (30, 80), (20, 80)), "#E8E8E8", "#1A1A1A", 0.6, "input", "input"),
    Text((25, 17.8), "1", 6.5, "middle", role="channels", group="input"),
    Line(((31, 50), (56.8, 50)), "#0072B2", 1.0, role="conv"),
    Polygon(((56.8, 48.25), (61, 50), (56.8, 51.75)), "#0072B2", role="arrow-head"),
    Polygon(((62, 20), (90, 20), (90, 80), (62, 80)), "#CFE3F1", "#1A1A1A", 0.6, "map", "level 0"),
    Text((76, 17.8), "64+128", 6.5, "middle", role="channels", group="level 0"),
    Line(((91, 50), (120, 50), (120, 60)), "#CC79A7", 1.0, (1.6, 1.2), role="head"),
    Line(((76, 10), (110, 2), (140, 40)), "#666666", 0.8, (2.0, 2.0), True, role="skip"),
    Polygon(((118, 48.25), (122, 50), (118, 51.75)), "#CC79A7", role="arrow-head"),
    Circle((140, 50), 8.5, "#F7E3C4", "#1A1A1A", 0.6, "gate", "a & b"),
    Text((140, 52.3), "A", 6.5, "middle", True, role="gate", group="a & b"),
    Text((240, -0.0001), "right", 6.0, "end", role="size", group="input"),
    Text((4, 100), SPECIAL, 6.5, role="legend"),
)
PICTURE = Picture(
    width=245.0,
    height=110.25,
    background=None,
    shapes=SHAPES,
    groups={"input": ("input",), "level 0": ("conv1", "conv2"), "a & b": ("add",)},
    title="hand & made",
    description="A network with <one> level.",
    caption="A network, 50 % of it.",
    prefix="u1234abcd",
    **({"notes": ()} if "notes" in Picture.__dataclass_fields__ else {}),
)
ROWS = {
    "input": LayerRow("input", "", Place(), (64, 64, 1), 0, 0, "input"),
    "conv1": LayerRow("conv1", "", Place(), (64, 64, 8), 80, 294912, "conv 3×3"),
    "conv2": LayerRow("conv2", "", Place(), (64, 64, 16), 1168, 4718592, "conv 3×3"),
    "add": LayerRow("add", "", Place(), (64, 64, 16), 0, 0, "add <&>"),
}
