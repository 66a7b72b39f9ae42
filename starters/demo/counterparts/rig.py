"""Starts the servers of others, fills them, and puts a network in front that loses answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.lead import LeadSubmission
from contracts.policy import PolicyBundle
from runtime.counterparts.fault_proxy import FaultProxy, Faults
from runtime.counterparts.installing import install
from runtime.counterparts.servers import CounterpartServer, running
from starters.demo.counterparts.bundle import put_up_with_losses, send_messages
from starters.demo.counterparts.places import BY_HTTP, SERVICES, Places, places
from starters.demo.counterparts.seeds import seed

PROXY = "mitmproxy"
CRM_WRITES = ("POST", "PUT", "DELETE")
"""Of Tryton only answers to writes are lost: the records of one lead take a dozen reads, and an attempt in
which any of them fails begins anew."""

FOLDER = "counterparts"


@dataclass(frozen=True)
class Rig:
    """Servers of others, ready to be worked with."""

    straight: Places
    """Without the network that loses answers."""
    environment: dict[str, str]
    """Of workers that work with them."""
    mails: Path
    """The folder of the mails that were taken."""
    drop_every: int
    proxy: FaultProxy | None

    async def losses(self) -> dict[str, dict[str, int]]:
        """Calls that could lose their answer and answers that were lost, by service."""
        return {name: await self.proxy.counts(name) for name in BY_HTTP} if self.proxy else {}


@asynccontextmanager
async def rig(
    state: Path,
    policies: Path,
    policy: PolicyBundle,
    leads: Iterable[LeadSubmission],
    *,
    drop_every: int,
    say: Callable[[str], None],
) -> AsyncGenerator[Rig]:
    """The servers, until the block ends; what is not installed is installed first.

    Args:
        state: takes their data and logs.
        policies: the bundle's folder, which is changed to reach people by them.
        policy: that bundle as it was before.
        leads: what the model is going to be asked about.
        drop_every: the network loses every so many answers; 0 is never.
        say: takes lines of progress.

    Raises:
        CounterpartProblem: one cannot be installed or started.
        ServiceFailure: one cannot be filled.
    """
    names = list(dict.fromkeys(counterpart for counterpart, _ in SERVICES.values()))
    await install([*names, *([PROXY] if drop_every else [])], say)
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(running(names, state / FOLDER))
        ports = {name: servers[one].port(service) for name, (one, service) in SERVICES.items()}
        people = [person.id for person in policy.people]
        seeded = await seed(places(ports, {}, people), policy, leads)
        send_messages(policies, seeded.conversations)
        straight = places(ports, seeded.prices, people)
        proxy, through = None, straight
        if drop_every:
            put_up_with_losses(policies)
            proxy = await _losing(stack, ports, state, drop_every)
            by_proxy = ports | {name: proxy.server.port(name) for name in BY_HTTP}
            through = places(by_proxy, seeded.prices, people)
        say(f"{len(servers)} servers of others are up; slowest: {_slowest(servers.values())}")
        yield Rig(straight, through.environment(), _mails(servers), drop_every, proxy)


async def _losing(stack: AsyncExitStack, ports: dict[str, int], state: Path, drop_every: int) -> FaultProxy:
    proxy = FaultProxy({name: ports[name] for name in BY_HTTP}, state / FOLDER / PROXY)
    await stack.enter_async_context(proxy.server)
    for name in BY_HTTP:
        methods = CRM_WRITES if name == "tryton" else ()
        await proxy.set_faults(name, Faults(drop_every=drop_every, methods=methods))
    return proxy


def _slowest(servers: Iterable[CounterpartServer]) -> str:
    slowest = max(servers, key=lambda server: server.started_in)
    return f"{slowest.counterpart.name} in {slowest.started_in:.1f} s"


def _mails(servers: dict[str, CounterpartServer]) -> Path:
    return servers[SERVICES["email"][0]].run.folder / "mail" / "new"
