"""Workflow ids and idempotency keys, each made by one function with its inverse beside it.

Ids are opaque: they are not encrypted and stand in logs, URLs and search results.
"""

from contracts.names import Process

APPROVAL_SUFFIX = "/approval"


def intake_workflow_id(lead_id: str) -> str:
    """The id of the one intake run of a lead."""
    return f"{Process.LEAD_INTAKE}/{lead_id}"


def follow_through_workflow_id(lead_id: str) -> str:
    """The id of the run that follows a lead until its outcome."""
    return f"{Process.LEAD_FOLLOW_THROUGH}/{lead_id}"


def onboarding_workflow_id(onboarding_id: str) -> str:
    """The id of the one onboarding run of an order."""
    return f"{Process.CUSTOMER_ONBOARDING}/{onboarding_id}"


def onboarding_id_of(workflow_id: str) -> str:
    """The onboarding that a run is.

    Raises:
        ValueError: the id is not an onboarding's.
    """
    return _subject_of(workflow_id, "an onboarding", Process.CUSTOMER_ONBOARDING)


def access_request_workflow_id(request_id: str) -> str:
    """The id of the one run of an access request."""
    return f"{Process.ACCESS_REQUEST}/{request_id}"


def access_request_id_of(workflow_id: str) -> str:
    """The access request that a run is.

    Raises:
        ValueError: the id is not an access request's.
    """
    return _subject_of(workflow_id, "an access request", Process.ACCESS_REQUEST)


def lead_id_of(workflow_id: str) -> str:
    """The lead that an intake, follow-through or approval run is about.

    Raises:
        ValueError: the id was not made by a function of this module.
    """
    return _subject_of(workflow_id, "a lead", Process.LEAD_INTAKE, Process.LEAD_FOLLOW_THROUGH)


def subject_of(workflow_id: str) -> tuple[Process, str]:
    """The process that a run belongs to, and the id of what it is about; an approval belongs to its asker's.

    Raises:
        ValueError: the id was not made by a function of this module.
    """
    subject = _subject_of(workflow_id, "a run", *Process)
    return Process(workflow_id.partition("/")[0]), subject


def approval_workflow_id(parent_workflow_id: str, round_number: int = 1) -> str:
    """The id of the approval child of a run; a later round of the same run gets its number appended."""
    suffix = "" if round_number == 1 else f"-{round_number}"
    return f"{parent_workflow_id}{APPROVAL_SUFFIX}{suffix}"


def parent_of_approval(workflow_id: str) -> str:
    """The run that asked for an approval.

    Raises:
        ValueError: the id is not an approval's.
    """
    parent, found, _ = workflow_id.rpartition(APPROVAL_SUFFIX)
    if not found:
        raise ValueError(f"not the workflow id of an approval: {workflow_id!r}")
    return parent


def effect_key(workflow_id: str, step: str, occasion: str = "") -> str:
    """The idempotency key of one effect: business identity, step, and occasion where a step recurs.

    It holds no run id, because a reset changes that and must not repeat the effect.
    """
    return f"{workflow_id}#{step}" + (f"#{occasion}" if occasion else "")


def watch_key(workflow_id: str, what: str) -> str:
    """The key of what a run of a watch tells. Nothing stands before the first `#`, so no book lists it."""
    return f"#{workflow_id}#{what}"


def workflow_of_effect(key: str) -> str:
    """The run that an effect belongs to."""
    return key.partition("#")[0]


def _subject_of(workflow_id: str, what: str, *processes: Process) -> str:
    process, _, rest = workflow_id.partition("/")
    if process not in processes or not rest:
        raise ValueError(f"not the workflow id of {what}: {workflow_id!r}")
    return rest.split("/", 1)[0]
