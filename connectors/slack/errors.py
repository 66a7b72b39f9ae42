"""What Slack's answers mean: errors come with HTTP 200 and `ok: false`, and `error` tells them apart."""

from datetime import timedelta

from connectors.errors import ErrorRow, ErrorTable, first_text
from contracts.failures import FailureCode

ON_OK = 200
A_MOMENT = timedelta(seconds=30)


def _rows(meaning: FailureCode, *codes: str, wait: timedelta | None = None) -> tuple[ErrorRow, ...]:
    return tuple(ErrorRow(None, code, meaning, wait) for code in codes)


def error_code(body: object) -> str | None:
    """The code of an answer that says no."""
    return first_text(body, "error")


ERRORS = ErrorTable(
    (
        *_rows(
            FailureCode.FORBIDDEN,
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "no_permission",
            "missing_scope",
            "not_allowed_token_type",
            "org_login_required",
            "ekm_access_denied",
            "access_denied",
            "team_access_not_granted",
            "enterprise_is_restricted",
            "restricted_action",
            "restricted_action_read_only_channel",
            "not_in_channel",
            "cannot_dm_bot",
            "messages_tab_disabled",
        ),
        *_rows(
            FailureCode.NOT_FOUND,
            "channel_not_found",
            "user_not_found",
            "users_not_found",
            "user_disabled",
            "user_not_visible",
            "is_archived",
            "message_not_found",
        ),
        *_rows(FailureCode.CONFLICT, "cant_update_message", "edit_window_closed"),
        *_rows(FailureCode.RATE_LIMITED, "ratelimited", "rate_limited", wait=A_MOMENT),
        *_rows(FailureCode.UNAVAILABLE, "service_unavailable", "team_added_to_org", wait=A_MOMENT),
        *_rows(FailureCode.OUTCOME_UNKNOWN, "internal_error", "fatal_error", "request_timeout"),
        # Every other code speaks of what we sent, such as `msg_too_long` or `invalid_blocks`.
        ErrorRow(ON_OK, None, FailureCode.REJECTED),
    ),
    code_of=error_code,
)
