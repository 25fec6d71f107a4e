"""What the site has beside the pages: MkDocs calls these functions while it builds (mkdocs.yml)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

import unetgen
from unetgen.config.lowering import lower
from unetgen.emit.figure.figure import figure_of

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
BOOSTS = {
    "tutorials/": 2,
    "howto/": 2,
    "decisions/": 0.3,
    "performance": 0.5,
    "architecture": 0.5,
    "zoo": 0.5,
}
"""How the search weighs pages: how to get a job done before how the inside came to be."""
FENCE = re.compile(r"^```(\w+)(?: (.*))?$", re.MULTILINE)
SIZE = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt" viewBox="0 0 \1 \2"')
PICTURE = re.compile(r'<picture>.*?srcset="(\S+)".*?alt="(.*?)" src="(\S+)".*?</picture>', re.DOTALL)


def on_config(config: MkDocsConfig) -> None:
    """Write the pages of a folder out in the navigation."""
    docs = Path(config.docs_dir)
    config.nav = expanded(config.nav, docs, set(named(config.nav)))


def named(nav: Any) -> list[str]:
    """The pages that the navigation names one by one."""
    if isinstance(nav, str):
        return [nav]
    return [page for part in (nav.values() if isinstance(nav, dict) else nav) for page in named(part)]


def expanded(nav: Any, docs: Path, apart: set[str]) -> Any:
    """`nav` with the pages of ``folder/*.md`` in its place, and without sections that are empty."""
    if isinstance(nav, dict):
        sections = {title: expanded(inside, docs, apart) for title, inside in nav.items()}
        return {title: inside for title, inside in sections.items() if inside}
    entries: list[Any] = []
    for entry in nav if isinstance(nav, list) else [nav]:
        if isinstance(entry, str) and "*" in entry:
            pages = sorted(file.relative_to(docs).as_posix() for file in docs.glob(entry))
            entries += [page for page in pages if page not in apart]
        elif inside := entry if isinstance(entry, str) else expanded(entry, docs, apart):
            entries.append(inside)
    return entries if isinstance(nav, list) else entries[0]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Draw the networks of the zoo: in the site alone, not in the repository."""
    drawn = {
        f"figures/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted((Path(config.docs_dir) / "figures").glob("*.svg"))
    }
    for file in sorted((ROOT / "configs" / "zoo").glob("*.yaml")):
        plan = lower(unetgen.load(file))
        for theme in ("okabe", "dark"):
            drawn[f"zoo/{file.stem}_{theme}.svg"] = figure_of(plan, theme=theme).svg
    for place, svg in drawn.items():
        if kept := files.get_file_from_path(place):
            files.remove(kept)
        files.append(File.generated(config, place, content=with_room(svg)))
    return files


def with_room(svg: str) -> str:
    """A figure with wider margins, for readers who have none of its fonts but a wider one."""

    def wider(head: re.Match[str]) -> str:
        width, height = float(head[1]), head[2]
        margin = 0.03 * width
        size = f'width="{width + 2 * margin:.3f}pt" height="{height}pt"'
        return f'{size} viewBox="{-margin:.3f} 0 {width + 2 * margin:.3f} {height}"'

    text, times = SIZE.subn(wider, svg, count=1)
    assert times == 1, svg[:200]
    return re.sub(r'(</desc>\s*<rect )width="[\d.]+"', r'\1x="-50%" width="200%"', text)  # its ground


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page as MkDocs reads it: pictures for light and for dark, code blocks without our own notes."""
    boosts = [boost for place, boost in BOOSTS.items() if page.file.src_uri.startswith(place)]
    page.meta.setdefault("search", {"boost": boosts[0] if boosts else 1})
    text = PICTURE.sub(r"![\2](\3#only-light) ![\2](\1#only-dark)", markdown)
    if page.file.src_uri == "zoo.md":
        text = re.sub(r"^## (\w+)$", _with_picture, text, flags=re.MULTILINE)
    text = FENCE.sub(r"```\1", text)
    text = re.sub(r"^```python\n(?=>>> )", "```pycon\n", text, flags=re.MULTILINE)
    return re.sub(r" +# doctest: .*$", "", text, flags=re.MULTILINE)


def _with_picture(heading: re.Match[str]) -> str:
    name = heading[1]
    shades = {"okabe": "light", "dark": "dark"}
    pictures = (f"![{name}](zoo/{name}_{theme}.svg#only-{shade})" for theme, shade in shades.items())
    return f"{heading[0]}\n\n{' '.join(f'{each}{{ loading=lazy }}' for each in pictures)}"
