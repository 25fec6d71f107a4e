"""The first config: valid whatever is asked for, and as its comments say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import unetgen
from tests.tiers import sampled
from unetgen.config.design import Design
from unetgen.config.loader import design_from_text, load_design
from unetgen.config.resolved import to_yaml
from unetgen.errors import UnetgenError
from unetgen.model.batches import sample_batch
from unetgen.site import SITE
from unetgen.starting.answers import Answers, Given
from unetgen.starting.purposes import PURPOSES
from unetgen.starting.text import WIDTH, config_text, design_of, name_for

SIZES: dict[int, list[tuple[int | None, ...]]] = {
    1: [(None,), (1000,), (8,)],
    2: [(None, None), (256, 192), (100, 9)],
    3: [(None, None, None), (160, 160, 17)],
}
CASES = [
    (name, size, classes) for name in PURPOSES for dims in SIZES for size in SIZES[dims] for classes in (1, 3)
]


def answers(purpose: str, size: tuple[int | None, ...], channels: int = 1, classes: int = 2) -> Answers:
    chosen = PURPOSES[purpose]
    return Given(chosen, len(size), size, channels, classes if chosen.has_classes else None).answers()


def checked(asked: Answers) -> Design:
    """The network of the file, which holds what was asked for; oracle: a YAML reader of another house."""
    text = config_text(asked)
    design = design_from_text(text, "text")
    plain = yaml.safe_load(text)
    assert plain["input"]["shape"] == list(asked.size) == list(design.config.input.shape)
    assert plain["input"]["channels"] == asked.channels
    assert plain["num_classes"] == (asked.channels if asked.classes is None else asked.classes)
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert 15 <= len(lines) <= 26
    return design


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_pages_that_comments_name_are_on_the_site(purpose: str) -> None:
    """Whoever has installed the package has no folder of pages."""
    texts = [config_text(answers(purpose, (None, None), classes=classes)) for classes in (1, 3)]
    named = {name for text in texts for name in re.findall(r"(\w+)\.html", text)}
    assert {"config", "guide"} < named
    docs = Path(__file__).parents[2] / "docs"
    assert [name for name in named if not (docs / f"{name}.md").is_file()] == []
    assert not any(".md" in text or SITE not in text for text in texts)


@pytest.mark.parametrize(("purpose", "size", "classes"), CASES)
def test_every_purpose_has_a_valid_network_in_every_dimension(
    purpose: str, size: tuple[int | None, ...], classes: int
) -> None:
    design = checked(answers(purpose, size, 2, classes))
    assert design.plan.fingerprint == design_of(answers(purpose, size, 2, classes)).plan.fingerprint


lengths = st.one_of(st.none(), st.integers(1, 400))
sizes = st.lists(lengths, min_size=1, max_size=3).map(tuple)


@given(st.sampled_from(list(PURPOSES)), sizes, st.integers(1, 5), st.integers(1, 6))
@settings(max_examples=60)
def test_any_size_gets_a_network_whose_bottom_is_neither_tiny_nor_refused(
    purpose: str, size: tuple[int | None, ...], channels: int, classes: int
) -> None:
    try:
        asked = answers(purpose, size, channels, classes)
    except UnetgenError as error:
        assert "at least one axis must be 8 or longer" in str(error)
        assert all(length is not None and length < 8 for length in size)
        return
    design = checked(asked)
    bottom = np.min([node.spec.spatial for node in design.plan.nodes], axis=0)
    assert all(
        at_bottom >= min(4, 400 if length is None else length)
        for at_bottom, length in zip(bottom, size, strict=True)
    )
    output = design.plan.outputs[0]
    shapes = {node.name: node.spec.spatial for node in design.plan.nodes}
    assert shapes[output] == design.plan.input.spec.spatial
    for axis, length in enumerate(size):
        if length is None:
            assert str(design.legal_sizes[axis]) == "any size"


def test_comments_name_the_sizes_that_the_network_has() -> None:
    text = config_text(answers("medical", (160, 161, 17)))
    said = re.search(r"pads to (\S+) and crops; or take multiples of (\S+)$", text, re.MULTILINE)
    assert said is not None
    padded, multiples = (tuple(map(int, each.split("x"))) for each in said.groups())
    design = design_from_text(
        text.replace("resize: pad_and_crop", "resize: refuse").replace("[160, 161, 17]", f"{list(padded)}"),
        "text",
    )
    assert design.plan.outputs
    sizes = [node.spec.spatial for node in design.plan.nodes]
    assert tuple(np.max(sizes, axis=0)) == padded
    assert f"to {'x'.join(map(str, np.min(sizes, axis=0)))}; more see farther" in text
    with pytest.raises(UnetgenError, match="the nearest legal sizes are 160 and 192"):
        design_from_text(text.replace("resize: pad_and_crop", ""), "text")
    assert (padded, multiples) == ((160, 192, 20), (32, 32, 4))


def test_comments_name_kinds_that_could_stand_there() -> None:
    """What a comment on a kind puts into backticks loads in its place."""
    tried = 0
    for purpose in PURPOSES:
        text = config_text(answers(purpose, (64, 64)))
        for field, comment in re.findall(
            r"^ *(norm|down|up|activation|resize|loss): .*?#(.*)$", text, re.MULTILINE
        ):
            for kind in re.findall(r"`(\w+)`", comment):
                other = re.sub(rf"^( *{field}): .*$", rf"\1: {kind}", text, flags=re.MULTILINE)
                assert design_from_text(other, purpose).plan.params > 0
                tried += 1
    assert tried > 15


def test_what_nobody_said_is_told() -> None:
    given_ = Given(PURPOSES["microscopy"], None, (64, 64), None, 3)
    text = config_text(given_.answers())
    assert "# By default, as nobody said otherwise: --channels 1\n" in text
    assert "unetgen init --for microscopy --dims 2 --size 64 --channels 1 --classes 3\n" in text
    said = Given(PURPOSES["restoration"], 2, (64,), 1).answers()
    assert "By default" not in config_text(said)


@pytest.mark.parametrize(
    ("classes", "loss", "activation"),
    [(1, "binary_crossentropy", "sigmoid"), (2, "categorical_crossentropy", "softmax")],
)
def test_one_class_has_a_sigmoid_and_several_a_softmax(classes: int, loss: str, activation: str) -> None:
    asked = answers("photos", (64, 64), 3, classes)
    assert yaml.safe_load(config_text(asked))["compile"]["loss"] == [loss, "dice"]
    assert f"  activation: {{kind: {activation}}}\n" in to_yaml(design_of(asked).config)


def test_a_network_beyond_all_memory_is_refused_in_words() -> None:
    asked = answers("photos", (2**20, 2**20))
    message = "^input.shape: the tensor of input would take 4.0 TiB in float32; use a smaller input"
    with pytest.raises(UnetgenError, match=message):
        design_of(asked)


@pytest.mark.parametrize("stem", ["my_unet", "a b", "ünet", "-x", "√", "_", "a" * 120, "a\nb", "1.5"])
def test_a_file_of_any_name_holds_a_config_of_a_legal_one(stem: str, tmp_path: Path) -> None:
    file = tmp_path / f"{stem}.yaml"
    asked = answers("signals", (64,))
    file.write_text(config_text(asked, name_for(stem)), encoding="utf-8")
    assert load_design(file).plan.fingerprint == design_of(asked).plan.fingerprint


FITTED = [
    ("microscopy", (None, None), 2),
    ("medical", (16, 20, 9), 3),
    ("photos", (20, 16), 1),
    ("signals", (20,), 4),
    ("restoration", (None, None), 1),
]


@pytest.mark.parametrize(("purpose", "size", "classes"), sampled(FITTED, FITTED[1::2]))
def test_a_network_takes_a_step(
    purpose: str, size: tuple[int | None, ...], classes: int, tmp_path: Path
) -> None:
    file = tmp_path / "first.yaml"
    file.write_text(config_text(answers(purpose, size, 2, classes)), encoding="utf-8")
    here = [] if None not in size else [f"input.reference={[36] * len(size)}"]
    config = unetgen.load(file, ["base_filters=4", *here])
    x, y = sample_batch(config, unetgen.plan(config), batch=2)
    model = unetgen.build(config)
    before = [np.array(weights) for weights in model.get_weights()]
    history = model.fit(x, y, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert {"microscopy": "dice", "restoration": "mean_squared_error"}.get(purpose, "dice") in history
    assert any(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    if None in size:
        assert model.predict(np.zeros((1, *(37 for _ in size), 2)), verbose=0).shape[1:-1] == (37,) * len(
            size
        )


@pytest.mark.parametrize(
    ("purpose", "size", "fields"),
    [
        (
            "microscopy",
            (None, None),
            {"norm": {"kind": "batch", "momentum": 0.9}, "down": "max_pool", "up": "transposed", "depth": 5},
        ),
        ("microscopy", (64,) * 3, {"norm": {"kind": "instance", "epsilon": 1e-5}, "max_filters": 320}),
        ("medical", (512, 512), {"activation": "leaky_relu", "down": "strided_conv", "max_filters": 512}),
        ("photos", (64, 64), {"depth": 5, "base_filters": 32, "kernel": None, "max_filters": None}),
        ("signals", (4096,), {"kernel": 9, "depth": 6, "base_filters": 16}),
        ("restoration", (64, 64), {"head": {"activation": "linear", "residual": "input"}, "norm": "none"}),
    ],
)
def test_a_purpose_decides(purpose: str, size: tuple[int | None, ...], fields: dict[str, object]) -> None:
    plain = yaml.safe_load(config_text(answers(purpose, size)))
    assert {field: plain.get(field) for field in fields} == fields
