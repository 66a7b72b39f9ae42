"""Reading a bundle: what is wrong is named with file, line and rule; what is right keeps its hash."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.policy_source import (
    HASH_LENGTH,
    SECTIONS,
    PolicyProblem,
    PolicyRefused,
    bundle_from_json,
    bundle_hash,
    bundle_json,
    parse_bundle,
)
from rules.policy_yaml import read_page
from tests.bundles import small_bundle
from tests.rules.policy_samples import shipped, shipped_files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="module")
def _each_page_is_read_once() -> Iterator[None]:
    """Reading is pure and slow, and most cases below change one file of thirteen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.policy_source.read_page", cache(read_page))
        yield


def refused(file: str, old: str, new: str) -> tuple[PolicyProblem, ...]:
    """What is found in the shipped policy after one change of its text."""
    text = shipped_files()[file]
    assert old in text, f"{file} no longer holds {old!r}"
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle({**shipped_files(), file: text.replace(old, new, 1)})
    return caught.value.problems


def line_of(file: str, part: str) -> int:
    text = shipped_files()[file]
    return text.count("\n", 0, text.index(part)) + 1


STUDENTS = "- {field: topic, op: eq, value: research}"

MISTAKES: list[dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "policy_mistakes.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake['where']}:{mistake['says']}")
def test_a_mistake_is_named_with_file_line_and_place(mistake: dict[str, str]) -> None:
    problems = refused(mistake["file"], mistake["text"], mistake["becomes"])
    found = [
        problem
        for problem in problems
        if mistake["says"] in problem.message and problem.where == mistake["where"]
    ]
    assert found, [str(problem) for problem in problems]
    assert found[0].file == mistake["file"]
    assert str(found[0]).startswith(f"{mistake['file']}:{found[0].line}: ")


@pytest.mark.parametrize(
    ("file", "old", "new", "line_with"),
    [
        ("routing.yaml", "op: gte, value: 500}", "op: gte, value: many}", "op: gte, value: 500}"),
        ("routing.yaml", "pool: partners", "pool: partner", "pool: partners"),
        ("routing.yaml", "approval: deal-desk", "approval: deals", "approval: deal-desk"),
        ("people.yaml", "zone: Asia/Kolkata", "zone: Asia/Calcuta", "zone: Asia/Kolkata"),
        ("approvals.yaml", "quorum: 2", "quorum: 9", "quorum: 2"),
        ("pools.yaml", "daily_cap: 2}", "daily_cap: 2, daily_cap: 6}", "daily_cap: 2}"),
        ("messages.yaml", "students: {meaning:", "students: {means:", "students: {meaning:"),
        ("people.yaml", "id: p-nadia", "id: 5", "id: p-nadia"),
        # A missing key has no line of its own: the entry's first line is named.
        ("people.yaml", "    email: liam.doyle@example.com\n", "", "- id: p-liam"),
        # What the reader cannot even take apart is named where it was found.
        ("people.yaml", "name: Priya Raman", "name: *priya", "name: Priya Raman"),
        ("people.yaml", "name: Priya Raman", "name: [Priya", "email: priya.raman@example.com"),
        ("people.yaml", "name: Priya Raman", "name: Priya\x00Raman", "name: Priya Raman"),
    ],
)
def test_the_line_is_the_one_to_change(file: str, old: str, new: str, line_with: str) -> None:
    assert line_of(file, line_with) in {problem.line for problem in refused(file, old, new)}


def test_all_problems_are_named_at_once_in_order() -> None:
    files = dict(shipped_files())
    files["pools.yaml"] = files["pools.yaml"].replace("person: p-ruth", "person: p-rut")
    files["routing.yaml"] = files["routing.yaml"].replace("sla: support-urgent", "sla: asap")
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle(files)
    places = [(problem.file, problem.line) for problem in caught.value.problems]
    assert places == sorted(places)
    assert {file for file, _ in places} == {"pools.yaml", "routing.yaml"}
    assert str(caught.value).count("\n") == len(places) - 1


def test_missing_and_foreign_files_are_named() -> None:
    files = {name: text for name, text in shipped_files().items() if name != "pools.yaml"}
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle({**files, "rooting.yaml": "a: 1"})
    named = {(problem.file, problem.message.split(";")[0]) for problem in caught.value.problems}
    assert named == {("pools.yaml", "the file is missing"), ("rooting.yaml", "is no file of a bundle")}


@pytest.mark.parametrize(
    "text", ["", "- a", "just words", "null", "[[[", "a: b: c", "!!python/object:os.system {}"]
)
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle({**shipped_files(), "pools.yaml": text})
    assert {problem.file for problem in caught.value.problems} == {"pools.yaml"}


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("onboarding.yaml", "{}", "the key 'onboarding' is missing"),
        ("onboarding.yaml", "onboarding:", "the key 'onboarding' is missing"),
        ("access.yaml", "{}", "the key 'access' is missing"),
        ("access.yaml", "access: {manager: p-oskar, rules: []}", "must always hold"),
    ],
)
def test_a_process_that_a_policy_says_nothing_about_is_named(file: str, text: str, problem: str) -> None:
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle({**shipped_files(), file: text})
    assert [found.file for found in caught.value.problems] == [file]
    assert problem in caught.value.problems[0].message


@pytest.mark.parametrize("depth", [60, 400, 5_000])
def test_a_condition_nested_without_end_is_refused_and_no_crash(depth: int) -> None:
    nested = "{not: " * depth + "{always: true}" + "}" * depth
    problems = refused("routing.yaml", "when: {always: true}", f"when: {nested}")
    assert "nested" in problems[0].message


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(PolicyRefused) as caught:
        parse_bundle({**shipped_files(), "pools.yaml": text})
    assert all(problem.line >= 1 for problem in caught.value.problems)


@settings(max_examples=40)
@given(st.sampled_from(sorted(SECTIONS)), st.data())
def test_a_file_that_lost_a_line_is_parsed_or_refused_with_places_in_it(
    file: str, data: st.DataObject
) -> None:
    lines = shipped_files()[file].splitlines(keepends=True)
    gone = data.draw(st.integers(0, len(lines) - 1))
    try:
        parse_bundle({**shipped_files(), file: "".join(lines[:gone] + lines[gone + 1 :])})
    except PolicyRefused as refusal:
        for problem in refusal.problems:
            assert 1 <= problem.line <= len(shipped_files()[problem.file].splitlines()) + 1


# ---------------------------------------------------------------- the dialect


def test_scalars_are_what_they_look_like() -> None:
    text = shipped_files()["routing.yaml"].replace(
        STUDENTS, "- {field: lead.country, op: in, value: [NO, DE, on]}"
    )
    bundle = parse_bundle({**shipped_files(), "routing.yaml": text})
    students = next(rule for rule in bundle.routing.rules if rule.id == "students")
    assert "('NO', 'DE', 'on')" in str(students.when)
    assert str(bundle.calendars["office"].hours["mon"][0].closes) == "17:30:00"


def test_a_clock_time_without_quotes_is_a_clock_time() -> None:
    text = shipped_files()["calendars.yaml"].replace(
        'opens: "09:00", closes: "17:30"', "opens: 9:00, closes: 17:30"
    )
    assert parse_bundle({**shipped_files(), "calendars.yaml": text}) == shipped()


# ---------------------------------------------------------------- hash and text


@pytest.mark.parametrize("bundle", [shipped(), small_bundle()], ids=["shipped", "small"])
def test_a_bundle_survives_being_written_and_read(bundle: object) -> None:
    assert isinstance(bundle, type(shipped()))
    again = bundle_from_json(bundle_json(bundle))
    assert again == bundle
    assert bundle_json(again) == bundle_json(bundle)
    assert bundle_hash(again) == bundle_hash(bundle)


def test_the_hash_is_of_the_meaning_not_of_the_spelling() -> None:
    files = {name: f"# a comment\n{text}" for name, text in shipped_files().items()}
    files["approvals.yaml"] = files["approvals.yaml"].replace("escalate_after: 2h", "escalate_after: PT120M")
    domains = "      - mailinator.com\n      - mailinator.net\n"
    assert domains in files["assessment.yaml"]
    files["assessment.yaml"] = files["assessment.yaml"].replace(
        domains, "      - mailinator.net\n      - mailinator.com\n"
    )
    assert bundle_hash(parse_bundle(files)) == bundle_hash(shipped())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("routing.yaml", "value: 500}", "value: 501}"),
        ("messages.yaml", "Kind regards", "Best regards"),
        ("people.yaml", "last: 2030-12-31", "last: 2030-12-30"),
    ],
)
def test_any_change_of_meaning_changes_the_hash(file: str, old: str, new: str) -> None:
    text = shipped_files()[file].replace(old, new, 1)
    assert bundle_hash(parse_bundle({**shipped_files(), file: text})) != bundle_hash(shipped())


def test_the_hash_is_short_lower_case_hex() -> None:
    assert len(bundle_hash(shipped())) == HASH_LENGTH
    assert set(bundle_hash(shipped())) <= set("0123456789abcdef")


def test_the_hash_does_not_hang_on_the_order_of_sets() -> None:
    # Python orders sets of text by a seed that differs from process to process.
    program = (
        "from tests.rules.policy_samples import shipped; from rules.policy_source import bundle_hash;"
        "print(bundle_hash(shipped()))"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert hashes == {bundle_hash(shipped())}


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 1}'])
def test_text_that_is_no_bundle_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bundle_from_json(text)
