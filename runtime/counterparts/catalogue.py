"""Which counterparts there are, and how each is started. Adding one is an entry here and a lock file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.counterparts import arrangements
from runtime.counterparts.places import (
    CONTROL,
    LOCKS,
    Run,
    environment,
    node_command,
    program,
    python_of,
    script,
)

HTTP = b"HTTP/"
"""How an answer of most of them begins."""


@dataclass(frozen=True)
class Counterpart:
    """One server program of others."""

    name: str
    version: str
    licence: str
    stands_for: str
    command: Callable[[Run], list[str]]
    """What is run. The program listens on the ports of the run, on loopback only."""
    services: tuple[str, ...] = ()
    """What it serves, each on a port of its own; unset means one service of its own name."""
    arrange: Callable[[Run], None] = lambda _: None
    """Writes what the program reads into the run's folder."""
    prepare: Callable[[Path], list[str]] | None = None
    """A command that completes the installation, from its folder: what takes long, done once."""
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a client shows; they open nothing but these servers."""
    greeting: bytes = HTTP
    """How an answer begins once the program is ready."""
    probe: str = "/"
    """What is asked to see whether it is ready, where it is spoken to by HTTP."""
    needs: tuple[str, ...] = ()
    """Environments beside its own."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its services."""
        return self.services or (self.name,)

    @property
    def python_lock(self) -> Path:
        """The hashed requirements, where it is a Python program."""
        return LOCKS / f"{self.name}.txt"

    @property
    def node_lock(self) -> Path:
        """The folder with package.json and package-lock.json, where it is a Node program."""
        return LOCKS / self.name


EMULATED = ("slack", "stripe", "google", "resend", "okta")

NODE = Counterpart("node", "24.19.0", "MIT", "(runs emulate and aimock)", command=lambda _: [])
"""Node from a wheel: the same on every machine, without root."""

COUNTERPARTS: dict[str, Counterpart] = {
    one.name: one
    for one in (
        Counterpart(
            "tryton",
            "8.2.1",
            "GPL-3.0-or-later",
            "CRM and customer accounts",
            command=lambda run: [
                program("tryton", "trytond"),
                "-c",
                str(run.folder / "trytond.conf"),
                "-d",
                "crm",
            ],
            arrange=arrangements.tryton,
            prepare=lambda folder: [
                python_of("tryton"),
                script("prepare_tryton.py"),
                str(folder),
                arrangements.TRYTON_KEY,
            ],
            credentials={"key": arrangements.TRYTON_KEY, "database": "crm"},
        ),
        Counterpart(
            "emulate",
            "0.11.2",
            "Apache-2.0",
            "Slack, Stripe, Google, Resend, Okta",
            services=EMULATED,
            command=lambda run: node_command(
                "emulate", script("emulators.mjs"), str(environment("emulate")), *run.assignments(EMULATED)
            ),
            arrange=arrangements.emulate,
            credentials={"token": "test_token_admin"},
            needs=(NODE.name,),
        ),
        Counterpart(
            "aimock",
            "1.43.0",
            "MIT",
            "OpenAI and Anthropic",
            command=lambda run: node_command(
                "aimock",
                "node_modules/@copilotkit/aimock/dist/cli.js",
                *("--host", "127.0.0.1", "--port", run.port("aimock"), "--log-level", "warn"),
                *("--fixtures", str(run.folder / "fixtures")),
            ),
            arrange=arrangements.aimock,
            needs=(NODE.name,),
        ),
        Counterpart(
            "scim2-server",
            "0.8.3",
            "Apache-2.0",
            "provisioning by SCIM 2.0",
            # Tenants come into being with their first request: one for each test.
            command=lambda run: [
                *(program("scim2-server", "scim2-server"), "--hostname", "127.0.0.1"),
                *("--port", run.port("scim2-server"), "--dynamic-tenants"),
                *("--bearer-token", arrangements.SCIM_TOKEN),
            ],
            credentials={"token": arrangements.SCIM_TOKEN},
        ),
        Counterpart(
            "radicale",
            "3.9.0",
            "GPL-3.0-or-later",
            "calendars by CalDAV",
            command=lambda run: [
                program("radicale", "radicale"),
                "--config",
                str(run.folder / "radicale.conf"),
            ],
            arrange=arrangements.radicale,
            credentials={"user": arrangements.CALENDAR_USER, "password": arrangements.CALENDAR_PASSWORD},
        ),
        Counterpart(
            "localstripe",
            "1.15.10",
            "GPL-3.0-or-later",
            # Prices, searches and idempotency keys are those of a layer of ours: see the script.
            "Stripe, with subscriptions",
            command=lambda run: [
                python_of("localstripe"),
                script("localstripe_on_loopback.py"),
                run.port("localstripe"),
            ],
            credentials={"key": "sk_test_counterpart"},
        ),
        Counterpart(
            "aiosmtpd",
            "1.4.6",
            "Apache-2.0",
            "mail by SMTP",
            command=lambda run: [
                *(python_of("aiosmtpd"), "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{run.port('aiosmtpd')}"),
                *("-c", "aiosmtpd.handlers.Mailbox", str(run.folder / "mail")),
            ],
            greeting=b"220 ",
        ),
        Counterpart(
            "mitmproxy",
            "11.0.2",
            "MIT",
            "(a network that delays, breaks and loses)",
            command=lambda run: [
                *(program("mitmproxy", "mitmdump"), "-q", "-s", script("fault_addon.py")),
                *("--set", "connection_strategy=lazy", "--set", f"confdir={run.folder / 'mitmproxy'}"),
                *(part for mode in run.modes for part in ("--mode", mode)),
            ],
            # It answers this by itself; anything else would ask the server behind it.
            probe=CONTROL,
        ),
    )
}

CLIENTS: dict[str, Counterpart] = {
    one.name: one
    for one in (
        Counterpart(
            "pipedrive-client",
            "32.2.1",
            "MIT",
            "(Pipedrive's own client, which drives our fake)",
            command=lambda _: [],
            needs=(NODE.name,),
        ),
        Counterpart(
            "salesforce-client",
            "3.12.0",
            "MIT",
            "(jsforce, which Salesforce builds its command line on, drives our fake)",
            command=lambda _: [],
            needs=(NODE.name,),
        ),
    )
}
"""Libraries of vendors, for tests alone: installed when a test asks for one; none of them serves anything."""

SERVERS = tuple(name for name in COUNTERPARTS if name != "mitmproxy")
"""What is started by default; the proxy stands in front of others."""
