"""English for numbers and lists, and sentences that cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from unetgen.emit.prose.citations import BibEntry, named_in
from unetgen.plan.tensor import sizes

Phrase = tuple[str | BibEntry, ...]
"""Text, and behind it the sources that it cites there."""
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LARGE = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def phrase(*parts: str | BibEntry | Phrase) -> Phrase:
    """Parts one after the other."""
    flat: list[str | BibEntry] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else [part]
    return tuple(flat)


def citing(text: str, said: str | None) -> Phrase:
    """`text`, which cites the sources that are named in `said`."""
    return (text, *named_in(said or ""))


def rendered(
    said: Iterable[Phrase], escape: Callable[[str], str], cite: Callable[[Sequence[BibEntry]], str]
) -> Iterator[str]:
    """Phrases as sentences, without their full stops; a source is cited where it is first named."""
    cited: set[BibEntry] = set()
    for each in said:
        text, new = "", list[BibEntry]()
        for part in (*each, ""):
            if isinstance(part, BibEntry):
                new += [] if part in cited else [part]
                cited.add(part)
                continue
            text, new = f"{text}{cite(new) if new else ''}{escape(part)}", []
        yield text


def listed(items: Sequence[Phrase | str], last: str = "and") -> Phrase:
    """``a, b and c``.

    >>> listed(["relu"]), "".join(listed(["a", "b", "c"]))
    (('relu',), 'a, b and c')
    """
    parts: list[Phrase | str] = []
    for index, item in enumerate(items):
        joint = "" if index == 0 else f" {last} " if index == len(items) - 1 else ", "
        parts += [joint, item]
    return phrase(*(part for part in parts if part))


def number(count: int) -> str:
    """Small numbers in words."""
    return _SMALL[count] if 0 <= count < len(_SMALL) else f"{count:,}"


def counted(counts: Iterable[int], noun: str) -> str:
    """How many, from the least to the most.

    >>> counted([2, 2], "convolution"), counted([1, 4], "block"), counted([1], "class")
    ('two convolutions', 'one to four blocks', 'one class')
    """
    least, most = min(kept := sorted(counts)), kept[-1]
    several = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    between = " or " if most == least + 1 else " to "
    many = number(least) if least == most else f"{number(least)}{between}{number(most)}"
    return f"{many} {noun if most == 1 else several}"


def large(value: int) -> str:
    """A count in four digits and a word.

    >>> large(222_324_326_400), large(833)
    ('222.3 billion', '833')
    """
    power = min((len(str(value)) - 1) // 3, len(_LARGE) - 1)
    return f"{value / 1000**power:.4g}{_LARGE[power]}" if power else str(value)


def decimal(value: float) -> str:
    """A number as papers write it.

    >>> decimal(1e-05), decimal(0.9), decimal(3)
    ('0.00001', '0.9', '3')
    """
    return f"{value:.12f}".rstrip("0").rstrip(".")


def shaped(shape: Sequence[int]) -> str:
    """A size before its noun.

    >>> shaped((3, 3)), shaped((3,))
    ('3×3', 'size-3')
    """
    return sizes(shape) if len(shape) > 1 else f"size-{shape[0]}"


def either(shapes: Iterable[tuple[int, ...]], last: str = "or") -> str:
    """Sizes before their noun, each once, the smallest first.

    >>> either([(3, 3), (1, 1), (3, 3)])
    '1×1 or 3×3'
    """
    return "".join(str(part) for part in listed([shaped(shape) for shape in sorted(set(shapes))], last))
