"""What a Pipedrive company holds, and the rules by which it changes."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakes.pipedrive.schema import CUSTOM, LONGEST, OWN, STAGES, STATUSES

Row = dict[str, Any]


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, error: str, code: str = "ERR_BAD_REQUEST", **headers: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"success": False, "error": error, "code": code}
        self.headers = headers


FIRST_ID = 101


@dataclass
class Company:
    """The records of a company."""

    owners: Mapping[int, str]
    """Addresses by id."""
    objects: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in OWN})
    indexed: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in OWN})
    """What the search knows of."""
    changes: Iterator[int] = field(default_factory=lambda: count(1))

    def settle(self) -> None:
        """Lets the search catch up."""
        self.indexed = {name: deepcopy(self.standing(name)) for name in self.objects}

    def standing(self, name: str) -> dict[int, Row]:
        """Those that are not deleted."""
        return {number: row for number, row in self.objects[name].items() if not row["is_deleted"]}

    def get(self, name: str, number: str) -> Row:
        row = self.standing(name).get(int(number)) if number.isdecimal() else None
        if row is None:
            raise Refusal(404, f"{name} not found", "ERR_NOT_FOUND")
        return row

    def create(self, name: str, body: Any) -> Row:
        clean = self._checked(name, body)
        for one, own in OWN[name].items():
            if own.required and not clean.get(one):
                raise Refusal(400, f"'{one}' is required", "ERR_SCHEMA_VALIDATION_FAILED")
        if name == "notes" and not any(clean.get(one) for one in ("deal_id", "person_id", "org_id")):
            raise Refusal(400, "one of deal_id, person_id, org_id, lead_id, project_id is required")
        row: Row = {
            # Each kind counts for itself, so that records of two kinds may bear one number.
            "id": FIRST_ID + len(self.objects[name]),
            "is_deleted": False,
            "custom_fields": {},
            **dict.fromkeys(OWN[name]),
        }
        row |= _DEFAULTS.get(name, {})
        if name == "deals":
            pipeline = clean.get("pipeline_id") or STAGES.get(clean.get("stage_id", 0)) or 1
            row["stage_id"] = min(stage for stage, of in STAGES.items() if of == pipeline)
        self.objects[name][row["id"]] = row
        return self._put(name, row, clean)

    def change(self, name: str, number: str, body: Any) -> Row:
        row, clean = self.get(name, number), self._checked(name, body)
        if not clean:
            raise Refusal(400, "the body is empty", "ERR_SCHEMA_VALIDATION_FAILED")
        return self._put(name, row, clean)

    def delete(self, name: str, number: str) -> int:
        row = self.get(name, number)
        row["is_deleted"] = True
        return int(row["id"])

    def _put(self, name: str, row: Row, clean: Row) -> Row:
        custom = clean.pop("custom_fields", {})
        row |= clean
        row["custom_fields"] = {**row["custom_fields"], **custom}
        if name == "activities" and "participants" in clean:
            primary = [one["person_id"] for one in row["participants"] if one.get("primary")]
            row["person_id"] = next(iter(primary), None)
        if name == "deals":
            row["pipeline_id"] = STAGES[row["stage_id"]]
        row["update_time"] = next(self.changes)
        return row

    def _checked(self, name: str, body: Any) -> Row:
        if not isinstance(body, dict):
            raise Refusal(400, "the body is no JSON object", "ERR_SCHEMA_VALIDATION_FAILED")
        for one, value in body.items():
            if one == "custom_fields" and name in CUSTOM and isinstance(value, dict):
                self._check_custom(name, value)
            elif one not in OWN[name]:
                raise Refusal(400, f"'{one}' is not allowed", "ERR_SCHEMA_VALIDATION_FAILED")
            else:
                self._check_own(name, one, value)
        return dict(body)

    def _check_custom(self, name: str, values: Row) -> None:
        for code, value in values.items():
            if code not in CUSTOM[name]:
                raise Refusal(400, f"custom field {code} does not exist", "ERR_SCHEMA_VALIDATION_FAILED")
            longest = LONGEST[CUSTOM[name][code][1]]
            if value is not None and (not isinstance(value, str) or not 0 < len(value) <= longest):
                raise Refusal(400, f"custom field {code} is not valid", "ERR_SCHEMA_VALIDATION_FAILED")

    def _check_own(self, name: str, one: str, value: Any) -> None:
        own = OWN[name][one]
        if own.read_only:
            raise Refusal(400, f"'{one}' is a read-only field. Add a primary participant to set it instead.")
        if value is None and own.empty:
            return
        if not self._fits(own.form, one, value):
            raise Refusal(400, f"'{one}' is not valid", "ERR_SCHEMA_VALIDATION_FAILED")

    def _fits(self, form: str, one: str, value: Any) -> bool:
        is_int = isinstance(value, int) and not isinstance(value, bool)
        match form:
            case "int":
                fits = is_int and (one != "stage_id" or value in STAGES)
            case "number":
                fits = is_int or isinstance(value, float)
            case "bool":
                fits = isinstance(value, bool)
            case "owner":
                fits = is_int and value in self.owners
            case "ways":
                fits = isinstance(value, list) and all(_is_way(way) for way in value)
            case "participants":
                persons = self.standing("persons")
                names = {"person_id", "primary"}
                fits = isinstance(value, list) and all(
                    set(one) <= names and one["person_id"] in persons for one in value
                )
            case "text":
                fits = isinstance(value, str) and _TEXTS.get(one, _ANY).fullmatch(value) is not None
            case _:
                fits = is_int and value in self.standing(form)
        return fits


_DEFAULTS: Mapping[str, Row] = {
    "persons": {"emails": [], "phones": []},
    "deals": {"status": "open", "currency": "EUR"},
}
_ANY = re.compile(r"(?s).+")
_TEXTS = {
    "status": re.compile("|".join(STATUSES)),
    **dict.fromkeys(("name", "title", "subject"), re.compile(r"(?s).{1,255}")),
    "currency": re.compile("[A-Z]{3}"),
    "due_date": re.compile(r"\d{4}-\d\d-\d\d"),
    "due_time": re.compile(r"\d\d:\d\d"),
    "add_time": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
}


def _is_way(way: Any) -> bool:
    return (
        isinstance(way, dict)
        and isinstance(way.get("value"), str)
        and set(way) <= {"value", "primary", "label"}
        and isinstance(way.get("primary", False), bool)
    )
