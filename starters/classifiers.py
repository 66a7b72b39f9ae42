"""Any classifier by its name, as workers have it: the port that this room wires itself for evaluations."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from connectors.anthropic import messages
from connectors.lexical import LexicalClassifier
from connectors.openai_compatible import chat
from connectors.settings import Connections
from connectors.store.model_spend import SqlModelSpend
from contracts.ports import Classifier
from runtime.settings import Settings, variable
from starters.console import CommandFailure
from starters.exit_codes import ExitCode
from starters.reading import open_store, present


@asynccontextmanager
async def open_classifier(settings: Settings, name: str) -> AsyncGenerator[Classifier]:
    """The classifier of that name. What it costs counts for the day's budget, as that of the workers does.

    Raises:
        CommandFailure: MISCONFIGURED where it has no settings; otherwise as for the store.
    """
    if name == "lexical":
        yield LexicalClassifier()
        return
    chosen = settings.openai_compatible if name == chat.SYSTEM else settings.anthropic
    if chosen is None:
        area = Connections.area_of(name)
        needed = [field for field, one in area.model_fields.items() if one.is_required()] if area else []
        raise CommandFailure(
            ExitCode.MISCONFIGURED,
            "this classifier has no settings",
            where=name,
            remedy=f"set {', '.join(variable(name, field) for field in needed)}",
        )
    async with open_store(settings) as store, AsyncExitStack() as systems:
        spend = SqlModelSpend(store, present)
        if settings.openai_compatible is not None and name == chat.SYSTEM:
            system = await systems.enter_async_context(chat.open_system(settings.openai_compatible))
            yield chat.reader(system, settings.openai_compatible, spend)
        elif settings.anthropic is not None:
            system = await systems.enter_async_context(messages.open_system(settings.anthropic))
            yield messages.reader(system, settings.anthropic, spend)
