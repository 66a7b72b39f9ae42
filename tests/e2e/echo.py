"""A deployment whose systems of others all fail, and say in their answers what they were sent."""

import itertools
import shutil
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from runtime.setting_types import ROOT
from runtime.settings import Settings, variable
from starters.demo.stack import Workers
from tests.connectors.loopback import Asked, Said, served
from tests.connectors.mail_server import mail_server
from tests.e2e.planted import choices, environment, text_of
from tests.rules.policy_samples import shipped
from tests.workflows.person import NAME, PERSON

STATUSES = (500, 200, 302, 401)
"""Tried again, not understood, sent elsewhere, refused: each ends in a text of its own."""

MESSAGES = "messages"
"""The round in which people are told by every channel; in the others everything goes into the outbox."""

WORKER_LOG = "workers.log"
LONGEST_HEADER = 4000
NAMED = ("error", "message", "detail", "code", "errorCode", "type", "id", "status", "title")
"""Fields in which systems explain themselves."""


class Echo:
    """Stands in for every system that speaks HTTP."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._statuses, self._lock = itertools.cycle(STATUSES), threading.Lock()

    def handle(self, asked: Asked) -> Said:
        """Repeats a request in the body, in its names, and in headers."""
        with self._lock:
            self.asked.append(asked)
            status = next(self._statuses)
        parts = parts_of(asked)
        said = "; ".join(f"{name}: {value}" for name, value in parts.items())
        line = " ".join(said.split()).encode("ascii", "replace").decode()[:LONGEST_HEADER]
        headers = {"location": f"/{line}", "x-you": line}
        return Said(status, dict.fromkeys(NAMED, said) | parts | {said: said}, headers)

    def requests(self) -> bytes:
        """All that was sent here."""
        return "\n".join(
            f"{name}: {text}" for one in self.asked for name, text in parts_of(one).items()
        ).encode()


def parts_of(asked: Asked) -> dict[str, str]:
    """Everything that a request says."""
    body = asked.body.decode(errors="replace")
    return {**asked.headers, **dict(asked.query), "path": asked.path, "body": body}


@dataclass(frozen=True)
class Deployment:
    """What its worker processes and commands find in the environment."""

    system: Echo
    url: str
    variables: Mapping[str, str]
    folder: Path

    @asynccontextmanager
    async def worked(self) -> AsyncIterator[None]:
        """Two worker processes, at their most talkative."""
        async with Workers(2, self.folder / WORKER_LOG):
            yield

    def logged(self) -> str:
        """What they wrote."""
        return (self.folder / WORKER_LOG).read_text()


@asynccontextmanager
async def deployed(area: str, settings: Settings, folder: Path) -> AsyncIterator[Deployment]:
    """Every system set up, one of them chosen, or all channels.

    Args:
        area: which.
        settings: name server and store.
        folder: for files.
    """
    system = Echo()
    async with mail_server("user", text_of("email", "password")) as mailbox:
        mailbox.to_recipient = f"550 5.1.1 no {NAME} <{PERSON['email']}>"
        with served(system.handle) as url:
            variables = {
                **environment(url, _no_secrets(mailbox.port)),
                **choices().get(area, {}),
                variable("temporal", "address"): str(settings.temporal.address),
                variable("temporal", "namespace"): str(settings.temporal.namespace),
                variable("store", "url"): settings.store.url.get_secret_value(),
                variable("policies", "directory"): str(_policies(folder / "policies", told=area == MESSAGES)),
                variable("identity", "key_file"): str(folder / "identity.key"),
                variable("log", "level"): "DEBUG",
                variable("worker", "graceful_shutdown"): "2",
            }
            yield Deployment(system, url, variables, folder)


def _policies(folder: Path, *, told: bool) -> Path:
    shutil.copytree(ROOT / "policies", folder)
    if told:
        with _changed(folder / "messages.yaml") as policy:
            policy["delivery"] |= {
                "channels": ["slack", "teams", "webhook", "email"],
                "customers": ["email", "webhook"],
            }
    return folder


@contextmanager
def _changed(file: Path) -> Iterator[dict[str, dict[str, object]]]:
    document = yaml.safe_load(file.read_text())
    yield document
    file.write_text(yaml.safe_dump(document, sort_keys=False))


def _no_secrets(mail_port: int) -> dict[str, object]:
    people = [person.id for person in shipped().people]
    return {
        "database": "db",
        "client_id": "client",
        "model": "a-model",
        "prices": dict.fromkeys(("team", "business", "trial"), "price_1"),
        "calendars": dict.fromkeys(people, "calendar"),
        "event_types": dict.fromkeys(people, 7),
        "username": "user",
        "account_email": "worker@ours.example",
        "host": "127.0.0.1",
        "sender": "intake@ours.example",
        "email.port": mail_port,
        "email.security": "none",
        "email.username": "user",
    }
