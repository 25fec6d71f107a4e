"""The page's colours, light and dark: those of the figures, so that page and figure belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from unetgen.emit.figure.themes import THEMES, Theme

_LIGHT, _DARK = THEMES["okabe"], THEMES["dark"]


@dataclass(frozen=True)
class Palette:
    """Colours of the page and of its plot; `groups` are told apart with any colour vision."""

    page: str
    paper: str
    sheet: str
    ink: str
    muted: str
    line: str
    edge: str
    tint: str
    shade: str
    accent: str
    front: str
    point: str
    other: str
    ok: str
    bad: str
    groups: tuple[str, ...]

    @property
    def style(self) -> str:
        """The colours as custom properties of a style sheet."""
        colours = asdict(self)
        del colours["groups"]
        return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


PALETTES: Mapping[str, Palette] = {
    "light": Palette(
        page="#F4F6F8", paper="#FFFFFF", sheet="#FFFFFF", ink="#1B1F24", muted="#5B646E", line="#E1E6EB",
        edge="#B9C2CB", tint="#EEF4F9", shade="#1B1F2438",
        accent=_LIGHT.strokes["conv"], front=_LIGHT.strokes["down"], point=_LIGHT.strokes["conv"],
        other="#8A929A", ok="#00775A", bad="#B84A00",
        groups=("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#1A1A1A"),
    ),
    "dark": Palette(
        page="#0C0D0E", paper="#16181A", sheet=_DARK.background or "#121212", ink=_DARK.text,
        muted="#A3ABB3", line="#2A2E32", edge="#4A5056", tint="#20262B", shade="#000000B0",
        accent=_DARK.strokes["conv"], front=_DARK.strokes["down"], point=_DARK.strokes["conv"],
        other="#8A929A", ok="#2CC598", bad="#FF8A3D",
        groups=("#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#D8D8D8"),
    ),
}  # fmt: skip


def recolouring() -> dict[str, str]:
    """From each colour of a light figure to the one that has its role in a dark figure."""
    return {old.upper(): new.upper() for old, new in zip(_colours(_LIGHT), _colours(_DARK), strict=True)}


def _colours(theme: Theme) -> list[str]:
    return [
        *(theme.strokes[role] for role in _LIGHT.strokes),
        *(theme.fills[role] for role in _LIGHT.fills),
        theme.outline,
        theme.text,
    ]
