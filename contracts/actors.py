"""Who asks: every command to a run carries an actor, and a proof that a door has verified them."""

from pydantic import AwareDatetime

from contracts.base import Contract, Key, Line, Slug

SYSTEM = "system"
"""The actor of what no person asked for."""


class Actor(Contract):
    """A person or system as a door names it."""

    id: Slug
    assertion: Line = ""
    """What the door that authenticated the actor signed for this one audience (`rules/actor_proof.py`)."""


class VerifyActorInput(Contract):
    """The question whether an actor is who they say."""

    actor: Actor
    audience: Key
    """The workflow id that the command is for; an assertion for another run is void."""
    at: AwareDatetime


class ActorVerdict(Contract):
    """The answer: verified, or the reason why not."""

    verified: bool
    reason: str = ""
