"""From the files of a policy bundle to the checked bundle, its hash, and its text for keeping."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts import (
    access_policy,
    crm_mapping,
    delivery_policy,
    limbo_policy,
    onboarding_policy,
    policy,
    policy_terms,
)
from contracts.policy import PolicyBundle
from rules.delivery import LAYOUTS
from rules.policy_references import reference_problems
from rules.policy_yaml import Place, PolicyPage, PolicyProblem, PolicyRefused, read_page

__all__ = [
    "SECTIONS",
    "PolicyProblem",
    "PolicyRefused",
    "bundle_from_json",
    "bundle_hash",
    "bundle_json",
    "parse_bundle",
]

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "bundle.yaml": ("version",),
    "calendars.yaml": ("calendars",),
    "people.yaml": ("people",),
    "pools.yaml": ("pools",),
    "assessment.yaml": ("assessment", "incomplete", "crm_fields", "matching"),
    "reading.yaml": ("reading",),
    "routing.yaml": ("routing",),
    "approvals.yaml": ("approvals",),
    "follow_through.yaml": ("follow_through",),
    "messages.yaml": ("follow_ups", "programmes", "delivery"),
    "failures.yaml": ("failures",),
    "onboarding.yaml": ("onboarding",),
    "access.yaml": ("access",),
    "limbo.yaml": ("limbo",),
    "crm.yaml": ("crm",),
}
"""Which file holds which sections of the bundle."""

OPTIONAL = frozenset({"crm.yaml"})
"""Files that a bundle does without where the systems that they are about are not used."""
LAYOUT_FOLDER = "messages/"
"""Below it lie the templates of mails, which are text and not pages of YAML."""

HASH_LENGTH = 32
"""Hex characters of SHA-256 kept: 128 bits, short enough for a search attribute and a log line."""

_FILE_OF = {section: file for file, sections in SECTIONS.items() for section in sections}


def parse_bundle(files: Mapping[str, str]) -> PolicyBundle:
    """The bundle that the files hold.

    Args:
        files: text by file name, for example `{"routing.yaml": "...", "messages/staff.html.j2": "..."}`.

    Raises:
        PolicyRefused: anything is wrong; names every problem of the first stage (files, schema, references)
            that has one, with file, line and rule.
    """
    layouts = {name: text for name, text in files.items() if name.startswith(LAYOUT_FOLDER)}
    pages = _read_pages({name: text for name, text in files.items() if name not in layouts})
    data = {section: value for page in pages.values() for section, value in page.data.items()}
    data["layouts"] = _layouts(layouts)
    try:
        bundle = PolicyBundle.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        raise PolicyRefused(_ordered(_schema_problem(detail, pages) for detail in details)) from error
    found = [_page_of(place, pages).problem(place, message) for place, message in reference_problems(bundle)]
    if found:
        raise PolicyRefused(_ordered(iter(found)))
    return bundle


def bundle_json(bundle: PolicyBundle) -> str:
    """The bundle as canonical JSON: the same bundle is the same text, on every machine."""
    return json.dumps(
        bundle.model_dump(mode="json", by_alias=True),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


def bundle_from_json(text: str) -> PolicyBundle:
    """The bundle that `bundle_json` wrote.

    Raises:
        ValueError: the text is not such a bundle.
    """
    return PolicyBundle.model_validate_json(text)


def bundle_hash(bundle: PolicyBundle) -> str:
    """What a run pins: equal bundles have equal hashes, whatever their files looked like."""
    return hashlib.sha256(bundle_json(bundle).encode()).hexdigest()[:HASH_LENGTH]


def _read_pages(files: Mapping[str, str]) -> dict[str, PolicyPage]:
    pages: dict[str, PolicyPage] = {}
    problems: list[PolicyProblem] = []
    for file in sorted({*files, *SECTIONS}):
        if file not in SECTIONS:
            problems.append(
                PolicyProblem(file, 1, "", f"is no file of a bundle; known: {', '.join(SECTIONS)}")
            )
        elif file not in files:
            if file in OPTIONAL:
                continue
            problems.append(PolicyProblem(file, 1, "", "the file is missing"))
        else:
            try:
                pages[file] = read_page(file, files[file])
            except PolicyRefused as refused:
                problems.extend(refused.problems)
            else:
                problems.extend(_misplaced(pages[file]))
    if problems:
        raise PolicyRefused(_ordered(iter(problems)))
    return pages


def _layouts(files: Mapping[str, str]) -> dict[str, str]:
    named = {file.removeprefix(LAYOUT_FOLDER): text for file, text in files.items()}
    if unknown := sorted(set(named) - LAYOUTS):
        known = ", ".join(sorted(LAYOUTS))
        raise PolicyRefused(
            [
                PolicyProblem(f"{LAYOUT_FOLDER}{name}", 1, "", f"is no template of a bundle; known: {known}")
                for name in unknown
            ]
        )
    return named


def _misplaced(page: PolicyPage) -> Iterator[PolicyProblem]:
    allowed = SECTIONS[page.file]
    for section in page.data:
        if section not in allowed:
            home = _FILE_OF.get(section)
            hint = f"it belongs into {home}" if home else f"this file holds: {', '.join(allowed)}"
            yield page.problem((section,), f"unknown key {section!r}; {hint}")


def _page_of(place: Place, pages: Mapping[str, PolicyPage]) -> PolicyPage:
    return pages[_FILE_OF[str(place[0])]]


def _schema_problem(detail: ErrorDetails, pages: Mapping[str, PolicyPage]) -> PolicyProblem:
    place = detail["loc"]
    page = _page_of(place, pages)
    return page.problem(place, _message(detail))


def _message(detail: ErrorDetails) -> str:
    name = str(detail["loc"][-1])
    if detail["type"] == "missing":
        return f"the key {name!r} is missing"
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, _known_keys(), n=1)
        return f"unknown key {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    text = detail["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _known_keys() -> list[str]:
    modules = (
        policy,
        policy_terms,
        onboarding_policy,
        access_policy,
        limbo_policy,
        crm_mapping,
        delivery_policy,
    )
    models: Iterator[Any] = (value for module in modules for value in vars(module).values())
    return sorted(
        {
            field.alias or name
            for model in models
            if isinstance(model, type) and issubclass(model, BaseModel)
            for name, field in model.model_fields.items()
        }
    )


def _ordered(problems: Iterator[PolicyProblem]) -> list[PolicyProblem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.message))
