"""Which image belongs to which mask. Only names decide it, never the order of files.

1. A file that `masks` names is not an image, although `images` may name it too.
2. Images of nnU-Net's names are channels of one case: all end in four digits, `_0000`, `_0001`, and the masks
   have the same names without them; without masks, a dataset.json beside the folder says it.
3. An image and a mask of one name are a pair. The name is the path below the folder, or below the folder
   before the first wildcard of a pattern, without the suffix.
4. So are those whose names are equal without words such as `image` and `mask`, see `naming.py`.
5. Where one volume is all there is and `slices` is set, each of its slices is a case.

Cases are sorted by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unetgen.data.case import Case
from unetgen.data.finding import NamedFile, files_at
from unetgen.data.naming import IMAGE_WORDS, MASK_WORDS, are_channels, bare, channel_of
from unetgen.data.nnunet import dataset_beside, problem_of, read_dataset
from unetgen.errors import ConfigError, Problem, UnetgenError
from unetgen.images.files import read_header
from unetgen.spelling import nearest


@dataclass
class Pairing:
    """The cases of a data set, and what is wrong with its files' names."""

    cases: tuple[Case, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    incomplete: set[Path] = field(default_factory=set)
    """Files of images that lack a channel."""


@dataclass(frozen=True)
class _Group:
    """The files of one image."""

    name: str
    files: tuple[Path, ...]


def cases_of(
    images: Sequence[str], masks: Sequence[str] | None, root: Path, slices: int | None = None
) -> tuple[Case, ...]:
    """The cases at these places below `root`; raises `ConfigError` with all that is wrong."""
    pairing = pair(images, masks, root, slices)
    if pairing.problems:
        raise ConfigError(pairing.problems)
    return pairing.cases


def pair(
    images: Sequence[str],
    masks: Sequence[str] | None,
    root: Path,
    slices: int | None = None,
    dims: int | None = None,
) -> Pairing:
    """The cases at these places, of files with so many axes, and every problem with them."""
    of_masks = files_at(tuple(masks or ()), root, "masks")
    of_images = files_at(tuple(images), root, "images")
    pairing = Pairing(
        problems=[*of_images.problems, *of_masks.problems], notes=[*of_images.notes, *of_masks.notes]
    )
    taken = {file.path for file in of_masks.files}
    files = [file for file in of_images.files if file.path not in taken]
    if of_images.files and not files:
        pairing.problems.append(Problem("names the masks alone", ("data", "images"), got=list(images)))
    groups = _groups(files, of_masks.files, [root / place for place in images], pairing)
    if masks is None:
        cases = [Case(group.name, group.files) for group in _each_once(groups, "images", pairing)]
    elif of_masks.files and files:
        cases = _matched(groups, [_Group(mask.name, (mask.path,)) for mask in of_masks.files], pairing)
    else:  # said already
        cases = []
    cases = sorted(
        (replace(case, dims=dims) for case in cases if case.images[0] not in pairing.incomplete),
        key=lambda case: case.name,
    )
    pairing.cases = tuple(_sliced(cases, slices, pairing))
    return pairing


def _groups(
    files: Sequence[NamedFile], masks: Sequence[NamedFile], places: Iterable[Path], pairing: Pairing
) -> list[_Group]:
    """The files of each image: one, or one for each channel."""
    beside = next((said for place in places if (said := dataset_beside(place))), None)
    try:
        dataset = read_dataset(beside) if beside else None
    except UnetgenError as error:
        pairing.problems.append(problem_of(beside or Path(), error))
        dataset = None
    by_name = [file.name for file in files]
    without_masks = dataset is not None and not masks and all(map(channel_of, by_name))
    if not without_masks and not are_channels(by_name, {mask.name for mask in masks}):
        return [_Group(file.name, (file.path,)) for file in files]
    channels: dict[str, dict[int, Path]] = defaultdict(dict)
    for file in files:
        case, channel = channel_of(file.name) or (file.name, 0)
        if channel in channels[case]:
            pairing.problems.append(_second("images", file.path, channels[case][channel]))
        channels[case].setdefault(channel, file.path)
    count = len(dataset.channels) if dataset else 1 + max(max(found) for found in channels.values())
    groups = [_Group(case, tuple(found[i] for i in sorted(found))) for case, found in channels.items()]
    for case, found in channels.items():
        if wrong := _missing_channels(case, found, count):
            pairing.problems += wrong
            pairing.incomplete |= set(found.values())
    return groups


def _missing_channels(case: str, found: dict[int, Path], count: int) -> list[Problem]:
    where = str(next(iter(found.values())))
    missing = [i for i in range(count) if i not in found]
    more = [i for i in found if i >= count]
    return [
        *(Problem(f"{case} has no file of channel {i}, _{i:04}", where=where) for i in missing),
        *(Problem(f"is channel {i}, and the data set has {count}", where=str(found[i])) for i in more),
    ]


def _matched(images: Sequence[_Group], masks: Sequence[_Group], pairing: Pairing) -> list[Case]:
    """Pairs by equal names, then by equal bare names."""
    images, masks = _each_once(images, "images", pairing), _each_once(masks, "masks", pairing)
    cases: list[Case] = []
    rules: tuple[tuple[Callable[[str], str], Callable[[str], str]], ...] = (
        (str, str),
        (lambda name: bare(name, IMAGE_WORDS), lambda name: bare(name, MASK_WORDS)),
    )
    for of_image, of_mask in rules:
        by_name = _by(masks, of_mask)
        for name, same in _by(images, of_image).items():
            if len(same) == 1 and len(by_name.get(name, ())) == 1:
                taken = {case.name for case in cases}
                called = name if name and name not in taken else same[0].name
                cases.append(Case(called, same[0].files, by_name[name][0].files[0]))
        used = {path for case in cases for path in (*case.images, case.mask)}
        images = [group for group in images if group.files[0] not in used]
        masks = [group for group in masks if group.files[0] not in used]
    pairing.problems += _alone(images, masks, "has no mask", "mask")
    pairing.problems += _alone(masks, images, "is a mask without an image", "image")
    return cases


def _each_once(groups: Sequence[_Group], of: str, pairing: Pairing) -> list[_Group]:
    """The first group of each name; the others are problems."""
    kept: list[_Group] = []
    for same in _by(groups, str).values():
        kept.append(same[0])
        pairing.problems += [_second(of, each.files[0], same[0].files[0]) for each in same[1:]]
    return kept


def _second(of: str, file: Path, first: Path) -> Problem:
    what = f"has the name of {first.name}, another of `{of}`"
    return Problem(what, hint="remove or rename one of the two", where=str(file))


def _by(groups: Iterable[_Group], name: Callable[[str], str]) -> dict[str, list[_Group]]:
    found: dict[str, list[_Group]] = {}
    for group in groups:
        found.setdefault(name(group.name), []).append(group)
    return found


def _alone(groups: Sequence[_Group], others: Sequence[_Group], what: str, other: str) -> list[Problem]:
    names = {group.name: group.files[0].name for group in others}
    problems = []
    for group in groups:
        near = nearest(group.name, names)
        hint = f"{names[near]} has another name" if near else f"its {other} needs the name {group.name}"
        problems.append(Problem(what, hint=hint, where=str(group.files[0])))
    return problems


def _sliced(cases: list[Case], axis: int | None, pairing: Pairing) -> list[Case]:
    """Each slice as a case, where one volume is all there is."""
    if axis is None or len(cases) != 1:
        return cases
    (whole,) = cases
    try:
        spatial = read_header(whole.images[0], whole.dims).spatial
    except UnetgenError:  # whoever reads the image says it
        return cases
    if len(spatial) < 3 or axis >= len(spatial):
        return cases
    count = spatial[axis]
    what = f"is all there is: its {count} slices along axis {axis} are the cases"
    hint = "neighbours are alike, so a validation on them flatters; more volumes tell more"
    pairing.notes.append(Problem(what, hint=hint, where=str(whole.images[0])))
    digits = len(str(count - 1))
    return [replace(whole, name=f"{whole.name}/{i:0{digits}}", slice=(axis, i)) for i in range(count)]
