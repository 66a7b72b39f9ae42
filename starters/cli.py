"""The command line: `./throughline COMMAND`. Each command is a module of this room and runs alone too."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from starters import (
    acknowledge_lead,
    amend_lead,
    check_policy,
    decide_approval,
    doctor,
    import_leads,
    lead_status,
    list_approvals,
    list_leads,
    read_outbox,
    record_outcome,
    resolve_step,
    run_server,
    run_workers,
    show_processes,
    submit_lead,
    write_process_pages,
)
from starters.bench import bench
from starters.console import HELP_EPILOG, invoke, leave, new_app
from starters.demo.command import demo


def build_app() -> typer.Typer:
    """Every command under its name."""
    app = new_app("Take inbound leads through one durable, explainable path on Temporal.", HELP_EPILOG)
    app.command("demo")(demo)
    app.command("bench")(bench)
    app.command("server")(run_server.server)
    app.command("worker")(run_workers.worker)
    app.add_typer(_leads(), name="lead")
    app.add_typer(_approvals(), name="approval")
    outcome = new_app("What became of leads.")
    outcome.command("record")(record_outcome.record)
    app.add_typer(outcome, name="outcome")
    outbox = new_app("What was sent and drafted.")
    outbox.command("list")(read_outbox.list_)
    outbox.command("show")(read_outbox.show)
    app.add_typer(outbox, name="outbox")
    policy = new_app("The policy bundle.")
    policy.command("check")(check_policy.check)
    app.add_typer(policy, name="policy")
    process = new_app("The processes: their states, and the pages about them.")
    process.command("list")(show_processes.list_)
    process.command("show")(show_processes.show)
    process.command("write-docs")(write_process_pages.write_docs)
    app.add_typer(process, name="process")
    app.command("doctor")(doctor.doctor)
    return app


def _leads() -> typer.Typer:
    lead = new_app("Leads: submit, import, look at, complete, unblock.")
    lead.command("submit")(submit_lead.submit)
    lead.command("import")(import_leads.import_)
    lead.command("status")(lead_status.status)
    lead.command("list")(list_leads.list_)
    lead.command("amend")(amend_lead.amend)
    lead.command("resolve")(resolve_step.resolve)
    lead.command("acknowledge")(acknowledge_lead.acknowledge)
    return lead


def _approvals() -> typer.Typer:
    approval = new_app("Approvals: what waits for a person, and deciding it.")
    approval.command("list")(list_approvals.list_)
    approval.command("show")(list_approvals.show)
    approval.command("approve")(decide_approval.approve)
    approval.command("reject")(decide_approval.reject)
    approval.command("token")(decide_approval.token)
    return approval


def main() -> NoReturn:
    """Run the command line of this process."""
    leave(invoke(build_app(), sys.argv[1:]))


if __name__ == "__main__":
    main()
