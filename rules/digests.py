"""Several messages of one kind to one person, as one: alerts create action, not noise."""

from collections.abc import Sequence

from contracts.messages import Message
from rules.wording import MAX_BODY, MAX_LINE, one_line, shortened

_RULE = "-" * 40


def combined(messages: Sequence[Message]) -> Message:
    """One message that says what all of them say, under the key of the first.

    Raises:
        ValueError: there is none.
    """
    if not messages:
        raise ValueError("nothing to combine")
    first = messages[0]
    if len(messages) == 1:
        return first
    subject = f"{len(messages)} messages: {first.subject} and others"
    listed = "\n".join(f"- {one.subject}" for one in messages)
    bodies = f"\n\n{_RULE}\n\n".join(one.body for one in messages)
    due = min((one.due_at for one in messages if one.due_at), default=None)
    return first.model_copy(
        update={
            "subject": one_line(subject, MAX_LINE),
            "body": shortened(f"{listed}\n\n{_RULE}\n\n{bodies}", MAX_BODY),
            "due_at": due,
        }
    )
