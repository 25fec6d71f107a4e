"""What is said of a network before there is one: how it is read, what is refused, what follows."""

from __future__ import annotations

import pytest

from unetgen.errors import UnetgenError
from unetgen.starting.answers import Given, count_of, dims_of, purpose_of, size_of, size_text
from unetgen.starting.purposes import PURPOSES


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("256", (256,)),
        ("256,192", (256, 192)),
        (" 160 x 160X16 ", (160, 160, 16)),
        ("512×512", (512, 512)),
        ("any", (None,)),
        ("Any,ANY,007", (None, None, 7)),
        ("16777216", (2**24,)),
    ],
)
def test_a_size_is_read(text: str, size: tuple[int | None, ...]) -> None:
    assert size_of(text) == size
    assert size_of(size_text(size)) in (size, size[:1])


@pytest.mark.parametrize(
    "text", ["", "0", "-3", "2.5", "1e3", "a", "64,", "64 64", "16777217", "٣", "9" * 5000]
)
def test_what_is_not_a_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        UnetgenError, match=r"^must be a positive whole number.*such as 256,192, or one for all"
    ):
        size_of(text)


def test_channels_in_the_size_are_refused() -> None:
    with pytest.raises(UnetgenError, match=r"must be of at most 3 axes .*; leave out the channels"):
        size_of("64,64,64,3")


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("0012", 12), ("1048576", 2**20)])
def test_a_count_is_read(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["0", "", "1048577", "-1", "two", "1.0", "9" * 5000])
def test_what_is_not_a_count_is_refused(text: str) -> None:
    with pytest.raises(UnetgenError, match=r"^must be a positive whole number"):
        count_of(text)


def test_axes_are_read() -> None:
    assert [dims_of(text) for text in ("1", "2d", "3D")] == [1, 2, 3]
    for text in ("0", "4", "", "2DD", "two"):
        with pytest.raises(UnetgenError, match=r"^must be 1, 2 or 3 "):
            dims_of(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("med", "medical"), ("Photo", "photos"), ("micorscopy", "microscopy")]
)
def test_a_purpose_that_is_nearly_right_is_named(text: str, meant: str) -> None:
    with pytest.raises(UnetgenError, match=f"did you mean `{meant}`"):
        purpose_of(text)
    for other in ("", "cells", "m"):
        with pytest.raises(
            UnetgenError, match=r"^must be microscopy, medical, photos, signals or restoration [^;]*$"
        ):
            purpose_of(other)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (Given(), "--for microscopy --dims 2 --size any --channels 1 --classes 2"),
        (Given(PURPOSES["medical"]), "--for medical --dims 3 --size any --channels 1 --classes 2"),
        (Given(size=(64, 32, 8)), "--for microscopy --dims 3 --size 64,32,8 --channels 1 --classes 2"),
        (Given(dims=1, size=(64,)), "--for microscopy --dims 1 --size 64 --channels 1 --classes 2"),
        (Given(PURPOSES["photos"], size=(64,)), "--for photos --dims 2 --size 64 --channels 3 --classes 2"),
        (Given(PURPOSES["restoration"], channels=4), "--for restoration --dims 2 --size any --channels 4"),
    ],
)
def test_what_is_not_said_follows_from_what_is(given: Given, options: str) -> None:
    answers = given.answers()
    assert " ".join(answers.options.values()) == options
    said = {
        name
        for name in ("purpose", "dims", "size", "channels", "classes")
        if getattr(given, name) is not None
    }
    assert answers.assumed == set(answers.options) - said - (
        {"dims"} if answers.size == (64, 32, 8) else set()
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Given(dims=3, size=(64, 64)), "--size: has 2 numbers for 3 axes (got 64,64)"),
        (Given(dims=1, size=(64, 64, 64)), "--size: has 3 numbers for 1 axis (got 64,64,64)"),
        (Given(size=(7, 7)), "--size: at least one axis must be 8 or longer, to be halved once (got 7,7)"),
        (
            Given(PURPOSES["restoration"], classes=2),
            "--classes: restoration puts out values, as many as it takes in, and not classes; leave it out",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(given: Given, message: str) -> None:
    with pytest.raises(UnetgenError) as refusal:
        given.answers()
    assert str(refusal.value) == message
