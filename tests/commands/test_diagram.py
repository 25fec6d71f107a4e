from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

import unetgen as package
from tests.hostile.conftest import Outcome, Unetgen, refused
from unetgen.emit.figure.writers import SUFFIXES
from unetgen.errors import UnetgenError

SMALL = ("unet3d_depth2", "--width", "single")
ALL = [f"figure{suffix}" for suffix in SUFFIXES]


def outs(*files: str) -> list[str]:
    return [word for file in files for word in ("--out", file)]


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# --- what is written ---


def test_every_format_in_one_call(tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("diagram", *SMALL, *outs(*ALL))
    assert outcome == Outcome(0, "".join(f"{file}\n" for file in ALL), "")
    assert written(tmp_path) == sorted(ALL)
    begins = {file: (tmp_path / file).read_bytes()[:4] for file in ALL}
    assert begins == {
        "figure.svg": b"<svg", "figure.pdf": b"%PDF", "figure.png": b"\x89PNG", "figure.tex": b"% un",
        "figure.html": b"<!DO",
    }  # fmt: skip


def test_the_labels_of_the_article_s_network_are_text_in_the_pdf(tmp_path: Path, unetgen: Unetgen) -> None:
    unetgen("diagram", *SMALL, *outs("figure.pdf"))
    text = PdfReader(tmp_path / "figure.pdf").pages[0].extract_text()
    for label in ("160×160×16", "80×80×8", "64+128", "128", "conv 3×3×3"):
        assert label in text


@pytest.mark.parametrize(
    ("width", "points"),
    [("single", 245), ("double", 515.5), ("ieee", 252), ("lncs", 345.8), ("nature", 518.7), ("300pt", 300),
     ("122mm", 345.83), ("3.5in", 252)],
)  # fmt: skip
def test_the_page_is_as_wide_as_asked(width: str, points: float, tmp_path: Path, unetgen: Unetgen) -> None:
    files = outs("figure.pdf", "figure.png", "figure.svg")
    assert unetgen("diagram", "unet3d_depth2", "--width", width, *files, "--dpi", "150").code == 0
    page = PdfReader(tmp_path / "figure.pdf").pages[0].mediabox
    assert float(page.width) == pytest.approx(points, abs=0.01)
    with Image.open(tmp_path / "figure.png") as image:
        assert image.size == (round(points / 72 * 150), round(float(page.height) / 72 * 150))
        assert len(set(image.convert("RGB").resize((64, 64)).tobytes())) > 20  # not blank
    assert f'width="{points:g}pt"' in (tmp_path / "figure.svg").read_text() or width == "122mm"


def test_overrides_draw_another_network(tmp_path: Path, unetgen: Unetgen) -> None:
    unetgen("diagram", *outs("a.svg"), *SMALL)
    unetgen("diagram", *outs("b.svg"), *SMALL, "base_filters=48")
    assert ">96+192<" in (tmp_path / "b.svg").read_text().replace("&#x2B;", "+")
    assert ">96+192<" not in (tmp_path / "a.svg").read_text()


def test_two_configs_are_compared(tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("diagram", "unet3d_depth2", "unet3d_depth3", *outs("both.svg", "both.pdf", "both.html"))
    assert outcome.code == 0, outcome.err
    text = PdfReader(tmp_path / "both.pdf").pages[0].extract_text()
    assert "unet3d_depth2" in text
    assert "unet3d_depth3" in text


def test_overrides_of_one_side(tmp_path: Path, unetgen: Unetgen) -> None:
    line = ["unet3d_depth2", "unet3d_depth2", *outs("a.svg")]
    assert unetgen("diagram", *line).code == 0
    same = (tmp_path / "a.svg").read_bytes()
    assert unetgen("diagram", *line, "--b", "skip=add").code == 0
    assert (tmp_path / "a.svg").read_bytes() != same


def test_the_caption_is_latex_and_the_alternative_text_stands_before_it(unetgen: Unetgen) -> None:
    outcome = unetgen("diagram", "unet3d_depth2", "--width", "single", "--caption")
    assert (outcome.code, outcome.err) == (0, "")
    alternative, caption = outcome.out.strip().split("\n\n")
    assert "833,507" in alternative + caption
    assert caption.startswith(r"\caption{")
    assert caption.endswith("}")
    assert caption.startswith(r"\caption{unet3d\_depth2: ")
    assert r"160$\times$160$\times$16" in caption


def test_what_the_layout_could_not_keep_is_noted_on_stderr(tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("diagram", "unet2d_2015", "--width", "single", *outs("a.svg"))
    assert (outcome.code, outcome.out) == (0, "a.svg\n")
    assert outcome.err.startswith("note: ")
    assert "stage" in outcome.err


# --- the same bytes ---


@pytest.mark.parametrize("config", ["unet3d_depth2", "quickstart2d"])
def test_another_process_on_another_day_writes_the_same_bytes(config: str, tmp_path: Path) -> None:
    digests = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        folder = tmp_path / seed
        folder.mkdir()
        command = [sys.executable, "-m", "unetgen", "diagram", config, *outs(*ALL)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        digests.append({f: hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in ALL})
    assert digests[0] == digests[1]


# --- refused ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (outs("a.jpg"), "a.jpg: suffix '.jpg' says no format; use one of .svg .pdf .png .tex .html"),
        (outs("figure"), "figure: no suffix says no format; use one of .svg .pdf .png .tex .html"),
        (outs("no/a.svg"), "no/a.svg: there is no folder no; make it first, or name another"),
        ([*outs("a.png"), "--dpi", "35"], "dpi: must be 36 to 1200 (got 35)"),
        ([*outs("a.png"), "--dpi", "1201"], "dpi: must be 36 to 1200 (got 1201)"),
        ([], "nothing to do; say where to with --out FILE, or ask for --caption"),
        (["unet2d_2015", "quickstart2d", *outs("a.svg")], "one CONFIG is drawn, two are compared (got 3)"),
        (
            [*outs("a.svg"), "--b", "depth=3"],
            "--b is for the second CONFIG, and there is one; name two, or give plain k=v",
        ),
        ([*outs("a.svg"), "--a", "depth"], "'depth' is not an override; write key=value"),
    ],
)
def test_bad_requests(arguments: list[str], message: str, tmp_path: Path, unetgen: Unetgen) -> None:
    refused(unetgen("diagram", "unet3d_depth2", *arguments), message)
    assert written(tmp_path) == []


def test_everything_wrong_is_told_at_once(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "b.svg").mkdir()
    outcome = unetgen("diagram", "unet3d_depth2", *outs("a.jpg", "b.svg", "no/c.pdf"), "--dpi", "9999")
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == [
        "a.jpg",
        "b.svg",
        "no/c.pdf",
        "dpi",
    ]


@pytest.mark.parametrize("width", ["10pt", "wide", "", "-3in", "nanmm", "1e9in"])
def test_a_width_that_cannot_be(width: str, tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("diagram", "unet2d_2015", f"--width={width}", *outs("a.svg", "a.pdf"))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert "width" in outcome.err
    assert written(tmp_path) == []


def test_a_config_that_is_wrong_leaves_the_old_figure(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.svg").write_text("old")
    assert unetgen("diagram", "unet3d_depth2", "depth=1", *outs("a.svg", "b.pdf")).code == 2
    assert written(tmp_path) == ["a.svg"]
    assert (tmp_path / "a.svg").read_text() == "old"


def test_a_writer_that_fails_leaves_all_old_files(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unetgen.emit.figure import writers

    def broken(*_: object) -> bytes:
        raise UnetgenError("broken on purpose")

    (tmp_path / "a.svg").write_text("old")
    monkeypatch.setitem(writers._WRITERS, ".tex", broken)
    refused(unetgen("diagram", *SMALL, *outs("a.svg", "a.tex", "a.pdf")), "broken on purpose")
    assert (tmp_path / "a.svg").read_text() == "old"
    assert written(tmp_path) == ["a.svg"]


def test_a_folder_without_permission(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the system, not tried: root writes anywhere, and tests may run as root."""
    (tmp_path / "locked").mkdir(mode=0o555)
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place).name != "locked")
    outcome = unetgen("diagram", *SMALL, *outs("a.svg", "locked/b.svg"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "locked/b.svg: the folder locked cannot be written to" in outcome.err
    assert written(tmp_path) == ["locked"]


def test_two_folders_and_a_name_given_twice(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "b").mkdir()
    outcome = unetgen("diagram", *SMALL, *outs("a.svg", "b/a.svg", "a.svg", "A.SVG"))
    assert outcome.out.splitlines() == ["a.svg", str(Path("b/a.svg")), "A.SVG"]
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b" / "a.svg").read_bytes()


# --- what it needs ---


def test_it_imports_neither_tensorflow_nor_hydra() -> None:
    code = "import sys; from unetgen.cli import main; main(); print(*sys.modules)"
    command = [sys.executable, "-c", code, "diagram", "unet3d_depth2", "--caption"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"keras", "tensorflow", "hydra", "fpdf", "numpy", "matplotlib", "cairo", "graphviz"}


def test_it_runs_no_other_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "unetgen", "diagram", *SMALL, *outs(*ALL)]
    environment = {key: value for key, value in os.environ.items() if key != "PATH"} | {"PATH": ""}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert written(tmp_path) == sorted(ALL)


# --- from Python ---


def test_a_figure_shows_itself_in_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = package.load("unet3d_depth2")
    figure = package.figure(config, width="single")
    assert figure._repr_svg_() == figure.svg.replace("<svg", '<svg style="background:#ffffff"', 1)
    assert figure.svg.startswith("<svg")
    assert figure.save("a.svg", tmp_path / "a.png", dpi=72) == [Path("a.svg"), tmp_path / "a.png"]
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == figure.svg
    with Image.open(BytesIO((tmp_path / "a.png").read_bytes())) as image:
        assert image.width == 245
    assert figure.caption.startswith(r"\caption{")
    assert figure.alt_text


def test_the_dark_variant_is_dark_and_does_not_clash(tmp_path: Path) -> None:
    config = package.load("unet3d_depth2")
    light, dark = package.figure(config), package.figure(config, theme="dark")
    assert "#121212" in dark.svg
    assert "#121212" not in light.svg


def test_two_configs_from_python() -> None:
    a, b = package.load("unet3d_depth2"), package.load("unet3d_depth2", ["skip=add"])
    assert package.figure(a, b).svg != package.figure(a, a).svg


def test_saving_refuses_as_the_command_does(tmp_path: Path) -> None:
    figure = package.figure(package.load("unet3d_depth2"))
    with pytest.raises(UnetgenError, match="says no format"):
        figure.save(tmp_path / "a.svg", tmp_path / "a.gif")
    assert written(tmp_path) == []
