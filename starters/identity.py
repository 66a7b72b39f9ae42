"""Signs who acts: the command line vouches for whoever is at the keyboard, to one run and for minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.actors import Actor
from contracts.policy import PolicyBundle
from rules.actor_proof import MAX_LIFETIME, sign_assertion
from runtime.identity import signing_keys
from runtime.problems import SettingsProblem
from runtime.settings import Settings
from starters.console import CommandFailure
from starters.exit_codes import ExitCode

LIFETIME = timedelta(minutes=5)
"""Long enough for a worker that is just being restarted, and for clocks that differ a little."""


@dataclass(frozen=True)
class Voucher:
    """Vouches for one person, to one run after another; policy and keys were read once."""

    person_id: str
    keys: Sequence[bytes]

    def __call__(self, audience: str, now: datetime, *, lifetime: timedelta = LIFETIME) -> Actor:
        """The person, with an assertion for one run.

        Args:
            audience: the workflow id that the command is for.
            now: the present, aware.
            lifetime: until the assertion is void; never longer than the runs accept.
        """
        expires_at = now + min(lifetime, MAX_LIFETIME)
        assertion = sign_assertion(self.keys[0], self.person_id, audience, expires_at)
        return Actor(id=self.person_id, assertion=assertion)


def voucher_for(settings: Settings, policy: PolicyBundle, person_id: str) -> Voucher:
    """Whoever vouches for a person of the policy.

    Args:
        person_id: as the policy names them. The operating system's user is not asked: whoever can read the
            signing key can sign for anybody.

    Raises:
        CommandFailure: INPUT_REFUSED where the policy knows no such person; MISCONFIGURED without a key.
    """
    require_person(policy, person_id, "--as")
    return Voucher(person_id, _keys(settings))


def prove(
    settings: Settings,
    policy: PolicyBundle,
    person_id: str,
    audience: str,
    now: datetime,
    *,
    lifetime: timedelta = LIFETIME,
) -> Actor:
    """The person, with an assertion for one run; see `Voucher` and `voucher_for`."""
    return voucher_for(settings, policy, person_id)(audience, now, lifetime=lifetime)


def require_person(policy: PolicyBundle, person_id: str, option: str) -> None:
    """Raises INPUT_REFUSED where the policy knows no such person."""
    if person_id not in {person.id for person in policy.people}:
        raise CommandFailure(
            ExitCode.INPUT_REFUSED,
            "the policy knows no such person",
            where=f"{option} {person_id}",
            remedy="name one of `people` in the policy bundle; `./throughline policy check` lists them",
        )


def vouch(
    settings: Settings, actor_id: str, audience: str, now: datetime, *, lifetime: timedelta = LIFETIME
) -> Actor:
    """Whoever acts, with an assertion for one run; nobody asks here who they are.

    Raises:
        CommandFailure: MISCONFIGURED without a key.
    """
    return Voucher(actor_id, _keys(settings))(audience, now, lifetime=lifetime)


def _keys(settings: Settings) -> Sequence[bytes]:
    try:
        return signing_keys(settings.identity)
    except SettingsProblem as problem:
        raise CommandFailure(ExitCode.MISCONFIGURED, str(problem), where="identity key") from problem
