"""A run's report on light, dark and narrow screens."""

from __future__ import annotations

from pathlib import Path

from tests.browser import chromium, needs_browser
from unetgen.runs.loader import load_run
from unetgen.training.fitting import train


@needs_browser
def test_it_is_read_on_light_and_dark_screens_and_on_phones(discs: Path, tmp_path: Path) -> None:
    train(load_run(discs, ["fit.epochs=1"]), tmp_path / "out")
    with chromium() as browser:
        seen = {}
        for dark in (False, True):
            browser.open(tmp_path / "out/report.html", width=390, height=844, dark=dark)
            assert browser.ask("document.documentElement.scrollWidth") <= 390
            assert browser.complaints == []
            style = "getComputedStyle(document.querySelector('{}')).{}"
            seen[dark] = [
                lightness(browser.ask(style.format(*each)))
                for each in (("body", "color"), ("svg text[text-anchor]", "fill"), ("svg line", "stroke"))
            ]
            assert browser.ask(style.format("body", "backgroundColor")) == (
                "rgb(18, 18, 18)" if dark else "rgba(0, 0, 0, 0)"
            )
        assert all(shade < 100 for shade in seen[False][:2])
        assert all(shade > 150 for shade in seen[True][:2])
        assert seen[True][2] < 100 < seen[False][2]


def lightness(colour: str) -> float:
    """The mean of red, green and blue of ``rgb(...)``."""
    values = [float(text) for text in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(values) / 3
