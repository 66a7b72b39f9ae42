"""What commands reach beyond themselves: settings, policy, Temporal, the store, the time."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from contracts.limbo import LooseEnds, RunWatch
    from contracts.policy import PolicyBundle
    from contracts.ports import Classifier
    from contracts.reconciliation import Books, RunIndex
    from runtime.settings import Settings
    from starters.deployment import Deployment
    from starters.doors import Doors
    from starters.embedded import Embedded
    from starters.reading import Readings


class Surroundings:
    """The real ones, each opened when a command first asks; a test overrides what it stands in for."""

    def settings(self) -> Settings:
        """The deployment's settings.

        Raises:
            CommandFailure: MISCONFIGURED.
        """
        from starters.configuration import settings_or_refusal

        return settings_or_refusal()

    def policy(self) -> PolicyBundle:
        """The active policy bundle.

        Raises:
            CommandFailure: MISCONFIGURED.
        """
        from starters.configuration import policy_or_refusal

        return policy_or_refusal(self.settings())

    def doors(self, timeout: float) -> AbstractAsyncContextManager[Doors]:
        """The runs, over Temporal; each call is given up after `timeout` seconds."""
        from starters.temporal_doors import open_doors

        return open_doors(self.settings(), timedelta(seconds=timeout))

    def readings(self) -> AbstractAsyncContextManager[Readings]:
        """The read models in the store."""
        from starters.reading import open_readings

        return open_readings(self.settings())

    def books_and_runs(self) -> AbstractAsyncContextManager[tuple[Books, RunIndex]]:
        """What the store knows of runs, and what Temporal knows of them."""
        from starters.reconciliation import open_books_and_runs

        return open_books_and_runs(self.settings())

    def limbo(self) -> AbstractAsyncContextManager[tuple[RunWatch, LooseEnds]]:
        """What a sweep for work left lying looks through."""
        from starters.limbo_findings import open_limbo

        return open_limbo(self.settings(), self.policy())

    def classifier(self, name: str) -> AbstractAsyncContextManager[Classifier]:
        """The classifier of that name, as workers have it."""
        from starters.classifiers import open_classifier

        return open_classifier(self.settings(), name)

    def embedded(self) -> AbstractAsyncContextManager[Embedded]:
        """Systems of our own in the store, to say what happened in them."""
        from starters.embedded import open_embedded

        return open_embedded(self.settings())

    def deployment(self, timeout: float) -> AbstractAsyncContextManager[Deployment]:
        """The builds of the workers; each call is given up after `timeout` seconds."""
        from starters.deployment import open_deployment

        return open_deployment(self.settings(), timedelta(seconds=timeout))

    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)


def surroundings_of(context: typer.Context) -> Surroundings:
    """What the command line was given, or the real ones."""
    given = context.find_root().obj
    return given if isinstance(given, Surroundings) else Surroundings()
