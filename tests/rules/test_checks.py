"""The stored report: one line per check, in one order."""

from contracts.assessment import CheckName, CheckResult, Grade
from rules.checks import check_result, merge_checks


def line(check: CheckName, grade: Grade = Grade.PASS) -> CheckResult:
    return check_result(check, grade, "v1", "detail")


def test_rule_is_named_after_check_and_policy_version() -> None:
    assert line(CheckName.SPAM).rule == "spam@v1"


def test_later_result_replaces_the_earlier_one_and_keeps_the_order() -> None:
    existing = (line(CheckName.REQUIRED_FIELDS), line(CheckName.DUPLICATE, Grade.NOT_EVALUATED))
    merged = merge_checks(existing, (line(CheckName.SPAM), line(CheckName.DUPLICATE, Grade.WARN)))
    assert [(one.check, one.grade) for one in merged] == [
        (CheckName.REQUIRED_FIELDS, Grade.PASS),
        (CheckName.DUPLICATE, Grade.WARN),
        (CheckName.SPAM, Grade.PASS),
    ]


def test_merging_nothing_only_orders() -> None:
    backwards = tuple(line(check) for check in reversed(CheckName))
    assert [one.check for one in merge_checks(backwards, ())] == list(CheckName)
