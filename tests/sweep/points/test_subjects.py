"""Packed subjects: equal to what was put in, and small."""

from __future__ import annotations

import json
import sys
import zlib

from unetgen.analysis.summary import Summary
from unetgen.config.loader import Reader, load_design
from unetgen.model.lock import Subject, lock_of
from unetgen.sweep.points.candidates import ConfigCandidates
from unetgen.sweep.points.check import Checker
from unetgen.sweep.points.subjects import Subjects

OVERRIDES = (
    (),
    ("depth=4", "up=transposed", "skip=attention", "norm={kind: group, groups: 4}"),
    ("compile={loss: [dice, {kind: tversky, alpha: 0.3}], metrics: [dice]}", 'source="Größe ≥ 3"'),
)


def subject_of(*overrides: str) -> Subject:
    return Subject.of(Summary(load_design("quickstart2d", overrides), 1))


def test_a_subject_comes_out_as_it_went_in() -> None:
    subjects, given = Subjects(), {str(each): subject_of(*each) for each in OVERRIDES}
    for digest, subject in given.items():
        subjects[digest] = subject
    assert len(subjects) == 3 and "()" in subjects and "none" not in subjects
    for digest, subject in given.items():
        taken = subjects[digest]
        assert taken.config == subject.config and taken.config.digest == subject.config.digest
        locks = [lock_of(each, (), {}, None) for each in (taken, subject)]
        assert len({json.dumps({**lock, "volatile": None}) for lock in locks}) == 1


def test_a_point_is_kept_in_less_than_a_kibibyte_of_configs() -> None:
    checker = Checker(ConfigCandidates(Reader("quickstart2d")))
    checker.check([(f"base_filters={count}", f"seed={count % 3}") for count in range(8, 40)])
    packed = [sys.getsizeof(each) for each in checker.checked.subjects._packed.values()]
    assert len(packed) == 32 and max(packed[1:]) < 600, packed
    alone = len(zlib.compress(json.dumps(subject_of().config.to_dict()).encode()))
    assert max(packed[1:]) < alone, "what the configs have in common is held once"
