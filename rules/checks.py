"""The lines of the stored report: how one is worded, and how a later judgement replaces an earlier one."""

from contracts.assessment import CheckName, CheckResult, Grade


def check_result(
    check: CheckName, grade: Grade, version: str, detail: str, fields: tuple[str, ...] = ()
) -> CheckResult:
    """One line of the report, its rule named after the check and the policy version that it was judged by."""
    return CheckResult(check=check, grade=grade, rule=f"{check}@{version}", detail=detail, fields=fields)


def merge_checks(existing: tuple[CheckResult, ...], new: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """The report with new results in place of earlier ones of the same name, in the order of `CheckName`."""
    by_name = {result.check: result for result in (*existing, *new)}
    return tuple(by_name[name] for name in CheckName if name in by_name)
