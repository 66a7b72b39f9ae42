"""Closed vocabularies are complete: no value is left without its meaning."""

from contracts.crm import DEAL_STAGE_MOVES, TICKET_STAGE_MOVES, DealStage, TicketStage
from contracts.failures import RETRYABLE, WHO_MUST_ACT, FailureCode, ServiceFailure
from contracts.follow_through import CLOSING_OUTCOMES, REASON_REQUIRED, LeadOutcome
from contracts.names import SEARCH_ATTRIBUTE_TYPES, SearchAttribute


def test_every_failure_says_who_must_act() -> None:
    assert set(WHO_MUST_ACT) == set(FailureCode)
    assert all(WHO_MUST_ACT.values())


def test_failure_is_retried_exactly_where_nobody_has_to_act() -> None:
    nobody = {code for code, who in WHO_MUST_ACT.items() if who.startswith("nobody")}
    assert nobody == RETRYABLE
    for code in FailureCode:
        failure = ServiceFailure(code, "crm", "It did not work.")
        assert failure.retryable is (code in RETRYABLE)
        assert not failure.outcome_unknown or failure.retryable


def test_every_stage_says_where_it_may_move() -> None:
    assert set(DEAL_STAGE_MOVES) == set(DealStage)
    assert set(TICKET_STAGE_MOVES) == set(TicketStage)
    assert not [stage for stage, moves in DEAL_STAGE_MOVES.items() if stage in moves]
    assert DEAL_STAGE_MOVES[DealStage.CLOSED_WON] == frozenset()


def test_every_search_attribute_has_a_type() -> None:
    assert set(SEARCH_ATTRIBUTE_TYPES) == set(SearchAttribute)


def test_what_closes_a_lead_and_what_wants_a_reason_are_outcomes() -> None:
    assert set(LeadOutcome) > CLOSING_OUTCOMES > {LeadOutcome.CLOSED_LOST}
    assert REASON_REQUIRED <= CLOSING_OUTCOMES
