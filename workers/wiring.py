"""The composition root of the workers: which connector stands behind which port."""

import inspect
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.access import AccessActivities
from activities.accounts import AccountActivities
from activities.agreements import AgreementActivities
from activities.allocation import AllocationActivities
from activities.approvals import ApprovalActivities
from activities.billing import BillingActivities
from activities.correspondence import CorrespondenceActivities
from activities.crm import CrmActivities
from activities.crm_mapping import CrmMappingActivities
from activities.decisions import DecisionActivities
from activities.failures import FailureTranslation
from activities.ledger import LedgerActivities
from activities.limbo import LimboActivities
from activities.matching import MatchingActivities
from activities.notifications import NotificationActivities
from activities.provisioning import ProvisioningActivities
from activities.reading import ReadingActivities, StandInReadingActivities
from activities.scheduling import SchedulingActivities
from connectors.anthropic import messages
from connectors.extractive import ExtractiveSummariser
from connectors.hubspot.opening import hubspot, hubspot_system
from connectors.lexical import LexicalClassifier
from connectors.model_reader import ModelReader
from connectors.openai_compatible import chat
from connectors.pipedrive import pipedrive
from connectors.remote_crm.crm import RemoteCrm
from connectors.remote_crm.loose_ends import RemoteLooseEnds
from connectors.remote_crm.opening import CrmPorts
from connectors.routed import RoutedMessages
from connectors.salesforce.opening import salesforce, salesforce_records, salesforce_system
from connectors.settings import (
    BillingName,
    ClassifierName,
    CrmName,
    ProvisioningName,
    SchedulingName,
    SummariserName,
)
from connectors.store.access import SqlAccess
from connectors.store.accounts import SqlAccounts
from connectors.store.agreements import SqlAgreements
from connectors.store.allocator import SqlAllocator
from connectors.store.arrivals import SqlArrivals
from connectors.store.billing import SqlBilling
from connectors.store.circuits import SqlCircuits
from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.held_messages import SqlHeldMessages
from connectors.store.inbox import SqlInbox
from connectors.store.ledger import SqlLedger
from connectors.store.loose_ends import SqlLooseEnds
from connectors.store.model_spend import SqlModelSpend
from connectors.store.outbox import SqlOutbox
from connectors.store.policy_library import SqlPolicyLibrary
from connectors.store.provisioning import SqlProvisioning
from connectors.store.scheduling import SqlScheduling
from connectors.tryton.opening import tryton, tryton_system
from contracts.failures import ServiceFailure
from contracts.limbo import LooseEnds, RunWatch
from contracts.names import System, TaskQueue
from contracts.onboarding_ports import Billing, Provisioning, Scheduling
from contracts.policy import PolicyBundle
from contracts.ports import Classifier, Clock, Summariser
from rules.actor_proof import HmacActorVerifier
from rules.allocation import choose_owner
from rules.failures import table_of
from rules.policy_source import bundle_from_json, bundle_hash, bundle_json
from runtime.circuit_breaker import CircuitBreaker
from runtime.identity import signing_keys
from runtime.problems import SettingsProblem
from runtime.run_watch import TemporalRunWatch
from runtime.settings import Settings, WorkerSettings
from runtime.temporal import connect, worker_options
from workers import onboarding_systems
from workers.channels import channels
from workers.held_messages import HeldMessages
from workers.onboarding_systems import booking_pages
from workers.parts import Parts, chosen
from workers.policies import load_policies
from workers.registry import ACTIVITY_CLASSES_BY_QUEUE, LOCAL_ACTIVITY_CLASSES, WORKFLOWS


def _chat_reader(parts: Parts) -> ModelReader:
    settings = chosen(parts.settings.openai_compatible)
    system = parts.opened(chat.open_system(settings))
    return chat.reader(system, settings, SqlModelSpend(parts.store, parts.clock))


def _messages_reader(parts: Parts) -> ModelReader:
    settings = chosen(parts.settings.anthropic)
    system = parts.opened(messages.open_system(settings))
    return messages.reader(system, settings, SqlModelSpend(parts.store, parts.clock))


def _hubspot(parts: Parts) -> CrmPorts:
    settings, mapping = chosen(parts.settings.hubspot), parts.crm_mapping("hubspot")
    system = parts.opened(hubspot_system(settings))
    ports = hubspot(system, mapping, parts.people(), parts.effects(System.CRM), parts.clock)
    return CrmPorts(*ports)


def _salesforce(parts: Parts) -> CrmPorts:
    settings, mapping = chosen(parts.settings.salesforce), parts.crm_mapping("salesforce")
    system = parts.opened(salesforce_system(settings))
    records = salesforce_records(system, settings, mapping, parts.people(), parts.clock)
    return CrmPorts(*salesforce(records, parts.effects(System.CRM), parts.clock))


def _tryton(parts: Parts) -> CrmPorts:
    settings = chosen(parts.settings.tryton)
    system = parts.opened(tryton_system(settings))
    return CrmPorts(*tryton(system, settings.company, parts.people(), parts.effects(System.CRM), parts.clock))


# Which connector a choice of `ConnectorSettings` means. A new one is one line in one of these.
CRMS: Mapping[CrmName, Callable[[Parts], CrmPorts]] = {
    "embedded": lambda parts: CrmPorts(
        SqlCrm(parts.store, parts.clock), SqlAccounts(parts.store, parts.clock)
    ),
    "hubspot": _hubspot,
    "salesforce": _salesforce,
    "tryton": _tryton,
    "pipedrive": lambda parts: pipedrive(chosen(parts.settings.pipedrive), parts.crm_kit("pipedrive")),
}
CLASSIFIERS: Mapping[ClassifierName, Callable[[Parts], Classifier]] = {
    "lexical": lambda _: LexicalClassifier(),
    "openai_compatible": _chat_reader,
    "anthropic": _messages_reader,
}
SUMMARISERS: Mapping[SummariserName, Callable[[Parts], Summariser]] = {
    "extractive": lambda _: ExtractiveSummariser(),
    "openai_compatible": _chat_reader,
    "anthropic": _messages_reader,
}
BILLINGS: Mapping[BillingName, Callable[[Parts], Billing]] = {
    "embedded": lambda parts: SqlBilling(parts.store, parts.clock),
    "stripe": onboarding_systems.stripe,
}
PROVISIONINGS: Mapping[ProvisioningName, Callable[[Parts], Provisioning]] = {
    "embedded": lambda parts: SqlProvisioning(parts.store, parts.clock),
    "scim": onboarding_systems.scim,
}
SCHEDULINGS: Mapping[SchedulingName, Callable[[Parts], Scheduling]] = {
    "embedded": lambda parts: SqlScheduling(parts.store, parts.clock),
    "caldav": onboarding_systems.caldav,
    "google_calendar": onboarding_systems.google_calendar,
    "calcom": onboarding_systems.calcom,
}


@dataclass(frozen=True)
class Wiring:
    """Every activity class, made of the connectors that settings ask for."""

    activities: tuple[object, ...]
    failures: FailureTranslation
    """What every worker puts around its activities."""
    held: HeldMessages | None = None
    """Sends what waits in the outbox, beside the workers of the queue `notify`."""
    maps_crm: bool = False
    """Whether crm.yaml says where the CRM holds our fields: only there can the two drift apart."""

    def of(self, classes: Collection[type]) -> list[Callable[..., Any]]:
        """The activities of these classes, ready to be registered."""
        return [
            method
            for made in self.activities
            if isinstance(made, tuple(classes))
            for method in _methods(made)
        ]


@asynccontextmanager
async def wire(settings: Settings, clock: Clock = lambda: datetime.now(UTC)) -> AsyncGenerator[Wiring]:
    """Opens what the activities need, and closes it on leaving.

    Raises:
        SettingsProblem: the policies are wrong, the store cannot be opened, or there is no signing key.
    """
    bundle = load_policies(settings.policies)
    keys = signing_keys(settings.identity)
    try:
        store = await Store.open(settings.store.url.get_secret_value())
    except ServiceFailure as failure:
        raise SettingsProblem(
            f"the store of THROUGHLINE__STORE__URL cannot be used: {failure.message}. "
            "THROUGHLINE__STORE__MIGRATE lets workers create and migrate it."
        ) from None
    async with store, AsyncExitStack() as open_systems:
        parts = Parts(settings, store, clock, bundle, open_systems)
        yield _wired(parts, bundle, keys, TemporalRunWatch(lambda: connect(settings)))


def build_workers(
    client: Client,
    wiring: Wiring,
    settings: WorkerSettings,
    queues: Sequence[TaskQueue],
    workflows: Sequence[type] = WORKFLOWS,
) -> list[Worker]:
    """One worker for each queue; a process may serve several."""
    return [_build(client, wiring, settings, queue, workflows) for queue in dict.fromkeys(queues)]


def _build(
    client: Client, wiring: Wiring, settings: WorkerSettings, queue: TaskQueue, workflows: Sequence[type]
) -> Worker:
    options, interceptors = worker_options(settings), [wiring.failures]
    if queue is TaskQueue.WORKFLOWS:
        return Worker(
            client,
            task_queue=queue,
            workflows=workflows,
            activities=wiring.of(LOCAL_ACTIVITY_CLASSES),
            no_remote_activities=True,
            interceptors=interceptors,
            **options,
        )
    activities = wiring.of(ACTIVITY_CLASSES_BY_QUEUE[queue])
    return Worker(client, task_queue=queue, activities=activities, interceptors=interceptors, **options)


def _wired(parts: Parts, bundle: PolicyBundle, keys: Sequence[bytes], watch: RunWatch) -> Wiring:
    store, clock, chosen = parts.store, parts.clock, parts.settings.connectors
    crm = CRMS[chosen.crm](parts)
    outbox, ledger = SqlOutbox(store, clock), SqlLedger(store, clock)
    messages = RoutedMessages(outbox, parts.effects("messages"), channels(parts, bundle), clock)
    policies = SqlPolicyLibrary(
        store, clock, active=bundle, hash_of=bundle_hash, to_json=bundle_json, from_json=bundle_from_json
    )
    loose_ends: LooseEnds = SqlLooseEnds(store)
    if isinstance(crm.records, RemoteCrm):
        loose_ends = RemoteLooseEnds(SqlLooseEnds(store), crm.records.records)
    classifier, summariser = CLASSIFIERS[chosen.classifier](parts), SUMMARISERS[chosen.summariser](parts)
    table = table_of(bundle)
    return Wiring(
        activities=(
            DecisionActivities(policies, HmacActorVerifier(keys)),
            MatchingActivities(crm.records, SqlArrivals(store), policies),
            CrmActivities(crm.records),
            CrmMappingActivities(crm.records, chosen.crm, policies),
            ReadingActivities(classifier, summariser, policies),
            StandInReadingActivities(LexicalClassifier(), policies),
            AllocationActivities(SqlAllocator(store, clock, choose_owner), policies),
            LedgerActivities(ledger, ledger),
            NotificationActivities(messages, outbox, policies),
            CorrespondenceActivities(messages, policies),
            ApprovalActivities(SqlInbox(store, clock)),
            AccountActivities(crm.accounts),
            AgreementActivities(SqlAgreements(store, clock)),
            BillingActivities(BILLINGS[chosen.billing](parts)),
            ProvisioningActivities(PROVISIONINGS[chosen.provisioning](parts)),
            SchedulingActivities(SCHEDULINGS[chosen.scheduling](parts), policies, booking_pages(parts)),
            AccessActivities(SqlAccess(store, clock)),
            LimboActivities(watch, loose_ends, messages, policies),
        ),
        failures=FailureTranslation(table, CircuitBreaker(SqlCircuits(store), table.systems)),
        held=HeldMessages(SqlHeldMessages(store, clock), messages, clock),
        maps_crm=chosen.crm in bundle.crm,
    )


def _methods(made: object) -> Iterator[Callable[..., Any]]:
    """The activities of an instance, bound to it."""
    for name, member in inspect.getmembers_static(type(made)):
        if hasattr(member, "__temporal_activity_definition"):
            yield getattr(made, name)
