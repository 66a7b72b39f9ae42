"""By which channels a message goes, when, and what a policy may not say of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.delivery import Address, Channel, DeliveryPlan, Layout
from contracts.delivery_policy import DeliveryPolicy
from contracts.messages import CustomerMessage, Message, MessageKind
from contracts.policy import Person, PolicyBundle
from rules.delivery import CORRECTS, addressed, addressed_to_customer, channels_of, delivery_problems
from rules.digests import combined
from rules.policy_source import bundle_from_json, bundle_json
from tests.bundles import small_bundle

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""A Wednesday, in Berlin 13:00."""
NIGHT = NOON + timedelta(hours=10)
OPENING = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""09:00 in Berlin."""


def notice(kind: MessageKind = MessageKind.ALERT, **changed: Any) -> Message:
    whole: dict[str, Any] = {
        "key": "lead-intake/1#notify",
        "recipient_id": "o-ada",
        "subject": "Look",
        "body": "At it.",
        "workflow_id": "lead-intake/1",
    }
    return Message(kind=kind, **(whole | changed))


def bundle(ada: dict[str, Any] | None = None, **delivery: Any) -> PolicyBundle:
    whole = small_bundle()
    people = tuple(
        Person.model_validate(one.model_dump() | (ada or {})) if one.id == "o-ada" else one
        for one in whole.people
    )
    return small_bundle(people=people, delivery=DeliveryPolicy.model_validate(delivery))


def plan_of(policy: PolicyBundle, at: datetime = NOON, **changed: Any) -> DeliveryPlan | None:
    return addressed(notice(**changed), policy, at).plan


def test_policy_that_names_no_channel_leaves_everything_as_it_was() -> None:
    assert addressed(notice(), small_bundle(), NOON) == notice()
    assert channels_of(small_bundle()) == frozenset()


def test_channels_are_those_of_the_kind_else_of_the_person_else_of_everybody() -> None:
    slack = {"addresses": {"slack": "U1"}}
    everybody = {"channels": ["slack", "email"]}

    def channels(policy: PolicyBundle) -> list[Channel]:
        plan = plan_of(policy)
        return [address.channel for address in plan.addresses] if plan else []

    assert channels(bundle(slack, **everybody)) == [Channel.SLACK, Channel.EMAIL]
    assert channels(bundle({}, **everybody)) == [Channel.EMAIL]
    assert channels(bundle(slack | {"channels": ["email"]}, **everybody)) == [Channel.EMAIL]
    assert channels(bundle(slack | {"channels": []}, **everybody)) == []
    assert channels(bundle(slack, **everybody, kinds={"alert": {"channels": ["teams"]}})) == [Channel.TEAMS]
    assert channels(bundle(slack, **everybody, kinds={"alert": {"channels": []}})) == []


def test_addresses_are_the_persons_own() -> None:
    plan = plan_of(bundle({"addresses": {"slack": "U1"}}, channels=["slack", "email", "webhook"]))
    assert plan is not None
    assert plan.addresses == (
        Address(channel=Channel.SLACK, to="U1"),
        Address(channel=Channel.EMAIL, to="ada@ours.example"),
        Address(channel=Channel.WEBHOOK, to="o-ada"),
    )


@pytest.mark.parametrize(
    ("at", "delivery", "due_at", "expected"),
    [
        (NOON, {"quiet_hours": True}, None, None),
        (NIGHT, {"quiet_hours": True}, None, OPENING),
        (NIGHT, {}, None, None),
        (NIGHT, {"quiet_hours": True, "kinds": {"alert": {"urgent": True}}}, None, None),
        (NIGHT, {"quiet_hours": True}, OPENING - timedelta(hours=1), None),
        (NIGHT, {"quiet_hours": True}, OPENING + timedelta(hours=1), OPENING),
        (NOON, {"kinds": {"alert": {"wait_for_more": "5m"}}}, None, NOON + timedelta(minutes=5)),
        (NIGHT, {"quiet_hours": True, "kinds": {"alert": {"wait_for_more": "5m"}}}, None, OPENING),
    ],
)
def test_message_waits_for_hours_or_for_more_unless_it_is_urgent_or_due(
    at: datetime, delivery: dict[str, Any], due_at: datetime | None, expected: datetime | None
) -> None:
    plan = plan_of(bundle(channels=["email"], **delivery), at, due_at=due_at)
    assert plan is not None
    assert plan.not_before == expected


def test_leave_is_not_waited_for() -> None:
    away = {"absences": [{"first": "2026-11-01", "last": "2026-12-31"}]}
    plan = plan_of(bundle(away, channels=["email"], quiet_hours=True), NIGHT)
    assert plan is not None
    assert plan.not_before == OPENING


def test_correction_names_what_it_takes_the_place_of() -> None:
    plan = plan_of(bundle(channels=["email"]), kind=MessageKind.LEAD_WITHDRAWN)
    assert plan is not None
    assert plan.corrects == CORRECTS[MessageKind.LEAD_WITHDRAWN]


def test_layouts_are_those_of_the_reader() -> None:
    policy = bundle(channels=["email"], customers=["email"]).model_copy(
        update={"layouts": {"staff.html.j2": "S", "customer.txt.j2": "C"}}
    )
    staff = plan_of(policy)
    letter = CustomerMessage(
        key="k",
        kind=MessageKind.CUSTOMER_WELCOME,
        to_address="zoe@acme.example",
        subject="Hi",
        body="You.",
        workflow_id="customer-onboarding/1",
    )
    customer = addressed_to_customer(letter, policy).plan
    assert staff is not None
    assert customer is not None
    assert (staff.layout, customer.layout) == (Layout(html="S"), Layout(text="C"))
    assert customer.addresses == (Address(channel=Channel.EMAIL, to="zoe@acme.example"),)
    assert addressed_to_customer(letter, bundle()) == letter


def test_policy_survives_being_kept() -> None:
    policy = bundle({"addresses": {"slack": "U1"}}, channels=["slack"], kinds={"alert": {"urgent": True}})
    assert bundle_from_json(bundle_json(policy)) == policy


@pytest.mark.parametrize(
    ("ada", "delivery", "place", "said"),
    [
        ({}, {"customers": ["slack"]}, ("delivery", "customers", 0), "not reached by slack"),
        ({"channels": ["slack"]}, {}, ("people", 0, "addresses"), "has no address on slack"),
        ({}, {"kinds": {"customer_welcome": {}}}, ("delivery", "kinds", "customer_welcome"), "for customers"),
        (
            {},
            {"kinds": {"alert": {"channels": ["slack"]}}},
            ("delivery", "kinds", "alert", "channels"),
            "nobody",
        ),
    ],
)
def test_what_a_policy_may_not_say_is_named(
    ada: dict[str, Any], delivery: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    ((found, problem),) = delivery_problems(bundle(ada, **delivery))
    assert found == place
    assert said in problem


@pytest.mark.parametrize("kind", [{"urgent": True, "wait_for_more": "5m"}, {"wait_for_more": "5h"}])
def test_kind_that_contradicts_itself_is_refused(kind: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wait"):
        bundle(kinds={"alert": kind})


def test_one_message_stays_as_it_is_and_several_keep_the_first_key_and_the_earliest_due() -> None:
    first, second = notice(subject="A", due_at=NIGHT), notice(key="b", subject="B", due_at=NOON)
    assert combined([first]) == first
    both = combined([first, second])
    assert (both.key, both.due_at) == (first.key, NOON)
    assert "- A\n- B" in both.body
    with pytest.raises(ValueError, match="nothing"):
        combined([])


def test_fifty_long_messages_still_make_one() -> None:
    whole = combined([notice(key=str(n), subject="S" * 500, body="b" * 20_000) for n in range(50)])
    assert Message.model_validate(whole.model_dump()) == whole
