"""What `doctor` can judge without a server: Python, packages, policy, store, CRM mapping, signing key."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connectors.store.crm import SqlCrm
from connectors.store.engine import Store
from connectors.store.migrate import migrate, schema_problem
from contracts.crm import CrmField, CrmSchema
from contracts.failures import ServiceFailure
from contracts.policy import FieldMapping, PolicyBundle
from contracts.ports import Crm
from rules.crm_drift import drift, too_short
from rules.policy_source import bundle_hash
from runtime.identity import signing_keys
from runtime.problems import SettingsProblem
from runtime.setting_types import ROOT
from runtime.settings import Settings
from starters.crm_outside import crm_card, missing_objects, outside
from starters.findings import Finding, ok, problem, warn

OLDEST, NEWEST_TRIED = (3, 11), (3, 13)
LOCK = "requirements.lock"
FIX = "./throughline doctor --fix"


def python_finding(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Whether the interpreter is one that the suite is run on."""
    name = f"Python {version[0]}.{version[1]}"
    if version < OLDEST:
        return problem("python", f"{name} is too old", "put Python 3.11 or newer on PATH and remove .venv")
    if version > NEWEST_TRIED:
        return warn("python", f"{name} is newer than what the suite is run on", "use Python 3.11 to 3.13")
    return ok("python", name)


def packages_finding(root: Path = ROOT) -> Finding:
    """Whether the environment holds what the lock file names, as the launcher stamped it."""
    environment = root / ".venv"
    if Path(sys.prefix).resolve() != environment.resolve():
        return warn(
            "packages", f"runs in {sys.prefix}, not in .venv", "start commands as ./throughline COMMAND"
        )
    stamp = environment / f".{LOCK}.stamp"
    try:
        content = (root / LOCK).read_bytes() + (environment / "pyvenv.cfg").read_bytes()
    except OSError as error:
        return problem("packages", f"{error.filename} cannot be read ({error.strerror})", "restore it")
    if not stamp.exists():
        return warn(
            "packages", "not installed by the launcher", "run ./throughline --help, which installs them"
        )
    if stamp.read_text(encoding="utf-8") != hashlib.sha256(content).hexdigest():
        return problem("packages", f"older than {LOCK}", "run ./throughline --help, which installs them")
    return ok("packages", f"as {LOCK} says")


def policy_findings(policy: PolicyBundle) -> list[Finding]:
    """Which policy new runs are pinned to, and what it is silent about; a wrong one cannot be loaded."""
    sections = {"onboarding": policy.onboarding, "access": policy.access}
    return [
        ok("policy", f"version {policy.version}, hash {bundle_hash(policy)}"),
        *(
            warn(
                "policy", f"says nothing about {name}", f"write {name}.yaml, or take the one that is shipped"
            )
            for name, section in sections.items()
            if section is None
        ),
    ]


def key_finding(settings: Settings, *, fix: bool) -> Finding:
    """Whether decisions can be signed, and by nobody else on this machine."""
    identity = settings.identity
    if not identity.signing_keys and not identity.key_file.exists() and not fix:
        return warn(
            "signing key",
            f"{identity.key_file} does not exist yet",
            f"{FIX}, or start a worker: both make it",
        )
    try:
        count = len(signing_keys(identity))
    except SettingsProblem as wrong:
        return problem("signing key", str(wrong), "put it right, then restart the workers")
    source = "the settings" if identity.signing_keys else str(identity.key_file)
    return ok("signing key", f"{count} in {source}")


async def store_finding(settings: Settings, *, fix: bool) -> Finding:
    """Whether the store answers and has the shape that this version needs."""
    url = settings.store.url.get_secret_value()
    if fix:
        try:
            await asyncio.to_thread(migrate, url)
        except ServiceFailure as failure:
            return problem("store", failure.message, "see that it runs, and check THROUGHLINE__STORE__URL")
    wrong = await asyncio.to_thread(schema_problem, url)
    if wrong:
        return problem("store", wrong, f"{FIX}; or check THROUGHLINE__STORE__URL")
    return ok("store", "reachable and migrated")


async def mapping_findings(settings: Settings, policy: PolicyBundle) -> list[Finding]:
    """Whether the CRM can hold what the policy maps to it, as the CRM itself says."""
    chosen = settings.connectors.crm
    if chosen != "embedded":
        return await _findings_of_others(settings, policy, chosen)
    try:
        async with await Store.open(settings.store.url.get_secret_value(), pool_size=1) as store:
            crm: Crm = SqlCrm(store, lambda: datetime.now(UTC))
            schema = await crm.describe()
    except ServiceFailure as failure:
        return [problem("crm mapping", f"the CRM does not say what it holds: {failure.message}", FIX)]
    wrong = list(mapping_problems(policy.crm_fields, schema))
    if not wrong:
        return [ok("crm mapping", f"{len(policy.crm_fields)} fields fit")]
    remedy = "correct crm_fields in assessment.yaml, or the CRM"
    return [problem("crm mapping", one, remedy) for one in wrong]


async def _findings_of_others(settings: Settings, policy: PolicyBundle, crm: str) -> list[Finding]:
    """Whether a CRM of others can hold what we write to it."""
    card = crm_card(crm)
    mapping = policy.crm.get(crm)
    if mapping is None and not card.objects:
        return [problem("crm mapping", f"crm.yaml says nothing about {crm}", "take the part that is shipped")]
    try:
        async with outside(card, settings, mapping, {}) as records:
            schema = await records.describe()
    except ServiceFailure as failure:
        remedy = f"see that it can be reached, and check THROUGHLINE__{crm.upper()}__*"
        return [problem("crm mapping", f"the CRM does not say what it holds: {failure.message}", remedy)]
    if mapping is None:
        return _object_findings(crm, missing_objects(card, schema))
    remedy = f"correct {crm} in crm.yaml, or the CRM"
    found = [problem("crm mapping", line, remedy) for line in drift(mapping, schema)]
    found += [warn("crm mapping", line, "longer values are refused") for line in too_short(mapping, schema)]
    return found or [ok("crm mapping", f"{crm} holds every field of crm.yaml")]


def _object_findings(crm: str, missing: tuple[str, ...]) -> list[Finding]:
    """Whether a CRM has what its connector keeps records in, where that needs no mapping."""
    remedy = "activate the module that brings it, and give the key's user the right to read it"
    found = [
        problem("crm mapping", f"{crm}: there is no {one}, or it does not let us see it", remedy)
        for one in missing
    ]
    fits = f"{crm} has every model that records are kept in; crm.yaml needs no part for it"
    return found or [ok("crm mapping", fits)]


def mapping_problems(mappings: tuple[FieldMapping, ...], schema: CrmSchema) -> Iterator[str]:
    """What of a mapping the CRM cannot hold."""
    known = {(field.crm_object, field.name): field for field in schema.fields}
    for mapping in mappings:
        target = f"{mapping.field} -> {mapping.crm_object}.{mapping.crm_field}"
        field = known.get((mapping.crm_object, mapping.crm_field))
        if field is None:
            yield f"{target}: the CRM has no such field"
        elif not field.writable:
            yield f"{target}: the CRM does not let it be written"
        elif _too_long(mapping, field):
            yield f"{target}: {mapping.max_length} characters may come, the CRM holds {field.max_length}"


def _too_long(mapping: FieldMapping, field: CrmField) -> bool:
    return (
        mapping.max_length is not None
        and field.max_length is not None
        and mapping.max_length > field.max_length
    )
