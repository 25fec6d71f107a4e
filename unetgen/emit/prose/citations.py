"""The papers and programs that texts name as sources; `sources.bib` is their one home.

A text names one by its arXiv number or DOI, or in the words of the entry's field ``named``, which BibTeX
does not know and `bibtex` leaves out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BIB = Path(__file__).with_name("sources.bib")
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
_PREPRINT = re.compile(r"arXiv:(\S+)")
_NAMED = re.compile(r"^  named = .*\n", re.MULTILINE)


@dataclass(frozen=True)
class BibEntry:
    """One entry: its key, the names by which texts call it, and its text."""

    key: str
    names: tuple[str, ...]
    text: str

    @property
    def short(self) -> str:
        """Authors and year, as a text without a list of references has them.

        >>> named_in("arXiv 1606.06650")[0].short, named_in("karolzak/keras-unet")[0].short
        ('Çiçek et al. 2016', 'karolzak')
        """
        fields = dict(_FIELD.findall(self.text))
        surnames = [_plain(author.partition(",")[0]) for author in fields["author"].split(" and ")]
        many = len(surnames) > 2 or surnames[-1] == "others"
        authors = f"{surnames[0]} et al." if many else " and ".join(surnames)
        return f"{authors} {fields.get('year', '')}".rstrip()


@cache
def entries() -> tuple[BibEntry, ...]:
    """Every entry, in the order of their keys."""
    return tuple(map(_entry, BIB.read_text(encoding="utf-8").strip().split("\n\n")))


def _entry(text: str) -> BibEntry:
    fields = dict(_FIELD.findall(text))
    key = text[text.index("{") + 1 : text.index(",")]
    names = [fields[name] for name in ("eprint", "doi", "named") if name in fields]
    return BibEntry(key, (*names, *_PREPRINT.findall(fields.get("journal", ""))), text)


def _plain(name: str) -> str:
    """A name without TeX's accents."""
    for accent, mark in _ACCENTS.items():
        name = re.sub(rf"\\{accent}\{{?(\w)\}}?", rf"\1{mark}", name)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", name))


_ACCENTS = {"c": "\u0327", "'": "\u0301", '"': "\u0308"}
"""TeX's accents as Unicode's combining marks."""


def named_in(text: str) -> tuple[BibEntry, ...]:
    """The entries that `text` names, in its order.

    >>> [entry.key for entry in named_in("He et al. 2016, arXiv 1512.03385 and 1603.05027")]
    ['he2016residual', 'he2016identity']
    """
    places = {entry: found.start() for entry in entries() if (found := _pattern(entry).search(text))}
    return tuple(sorted(places, key=lambda entry: places[entry]))


def _pattern(entry: BibEntry) -> re.Pattern[str]:
    names = "|".join(map(re.escape, entry.names))
    return re.compile(rf"(?<![\w/.-])(?:{names})(?![\w/-])")


def bibtex(cited: Iterable[BibEntry]) -> str:
    """These entries as a ``.bib`` file, in the order of their keys."""
    ordered = sorted(set(cited), key=lambda entry: entry.key)
    return "\n\n".join(_NAMED.sub("", entry.text) for entry in ordered) + "\n"
