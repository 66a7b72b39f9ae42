"""The command line: `./throughline COMMAND`. Each command is a module of this room and runs alone too."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from starters import (
    access_status,
    acknowledge_lead,
    amend_lead,
    cancel_onboarding,
    check_policy,
    choose_kickoff,
    circuits,
    connectors,
    contract_signed,
    counterparts,
    decide_approval,
    deploy,
    doctor,
    evaluate_classifier,
    failure_table,
    hand_over_again,
    import_leads,
    lead_status,
    limbo,
    list_approvals,
    list_leads,
    list_runs,
    model_costs,
    onboarding_status,
    onboarding_timeline,
    parked_amend,
    parked_answers,
    parked_list,
    provide_details,
    read_outbox,
    receive_booking,
    reconcile,
    record_agreement,
    record_outcome,
    record_use,
    request_access,
    resolve_step,
    run_server,
    run_workers,
    show_processes,
    start_onboarding,
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
    app.add_typer(_parked(), name="parked")
    app.add_typer(_approvals(), name="approval")
    outcome = new_app("What became of leads.")
    outcome.command("record")(record_outcome.record)
    app.add_typer(outcome, name="outcome")
    app.add_typer(_onboardings(), name="onboarding")
    app.add_typer(_embedded_agreements(), name="agreement")
    workspace = new_app("Workspaces of customers in the embedded product.")
    workspace.command("used")(record_use.used)
    app.add_typer(workspace, name="workspace")
    app.add_typer(_access_requests(), name="access")
    outbox = new_app("What was sent and drafted.")
    outbox.command("list")(read_outbox.list_)
    outbox.command("show")(read_outbox.show)
    app.add_typer(outbox, name="outbox")
    policy = new_app("The policy bundle.")
    policy.command("check")(check_policy.check)
    policy.command("failures")(failure_table.failures)
    app.add_typer(policy, name="policy")
    circuit = new_app("Systems that are left alone because they keep failing.")
    circuit.command("list")(circuits.list_)
    circuit.command("close")(circuits.close)
    app.add_typer(circuit, name="circuit")
    app.add_typer(connectors.app, name="connectors")
    counterpart = new_app("Real servers that others wrote, to try connectors against.")
    counterpart.command("list")(counterparts.list_)
    counterpart.command("install")(counterparts.install)
    counterpart.command("start")(counterparts.start)
    app.add_typer(counterpart, name="counterparts")
    classifier = new_app("The classifier that reads texts: how good it is, and what it costs.")
    classifier.command("eval")(evaluate_classifier.evaluate)
    classifier.command("spend")(model_costs.spend)
    app.add_typer(classifier, name="classifier")
    process = new_app("The processes: their states, and the pages about them.")
    process.command("list")(show_processes.list_)
    process.command("show")(show_processes.show)
    process.command("write-docs")(write_process_pages.write_docs)
    app.add_typer(process, name="process")
    app.add_typer(_builds(), name="deploy")
    app.add_typer(limbo.app, name="limbo")
    app.command("reconcile")(reconcile.reconcile)
    app.command("doctor")(doctor.doctor)
    return app


def _leads() -> typer.Typer:
    lead = new_app("Leads: submit, import, look at, complete, unblock.")
    lead.command("submit")(submit_lead.submit)
    lead.command("import")(import_leads.import_)
    lead.command("status")(lead_status.status)
    lead.command("list")(list_leads.list_)
    lead.command("amend")(amend_lead.amend)
    lead.command("resolve")(resolve_step.resolve_lead)
    lead.command("acknowledge")(acknowledge_lead.acknowledge)
    return lead


def _parked() -> typer.Typer:
    parked = new_app("Parked work of every process: what waits for somebody to put it right, and doing so.")
    parked.command("list")(parked_list.list_)
    parked.command("show")(parked_list.show)
    parked.command("retry")(parked_answers.retry)
    parked.command("skip")(parked_answers.skip)
    parked.command("abandon")(parked_answers.abandon)
    parked.command("amend")(parked_amend.amend)
    return parked


def _approvals() -> typer.Typer:
    approval = new_app("Approvals: what waits for a person, and deciding it.")
    approval.command("list")(list_approvals.list_)
    approval.command("show")(list_approvals.show)
    approval.command("approve")(decide_approval.approve)
    approval.command("reject")(decide_approval.reject)
    approval.command("token")(decide_approval.token)
    return approval


def _onboardings() -> typer.Typer:
    onboarding = new_app("Onboardings: start, look at, supply what is missing, choose, call off, unblock.")
    onboarding.command("start")(start_onboarding.start)
    onboarding.command("status")(onboarding_status.status)
    onboarding.command("list")(list_runs.list_onboardings)
    onboarding.command("timeline")(onboarding_timeline.timeline)
    onboarding.command("provide")(provide_details.provide)
    onboarding.command("contract-signed")(contract_signed.contract_signed)
    onboarding.command("choose")(choose_kickoff.choose)
    onboarding.command("receive-booking")(receive_booking.receive_booking)
    onboarding.command("hand-over")(hand_over_again.hand_over)
    onboarding.command("cancel")(cancel_onboarding.cancel)
    onboarding.command("resolve")(resolve_step.resolve_onboarding)
    return onboarding


def _embedded_agreements() -> typer.Typer:
    agreement = new_app("Contracts in the embedded registry.")
    agreement.command("record")(record_agreement.record)
    agreement.command("show")(record_agreement.show)
    return agreement


def _access_requests() -> typer.Typer:
    access = new_app("Access requests: ask, look at, unblock.")
    access.command("request")(request_access.request)
    access.command("status")(access_status.status)
    access.command("list")(list_runs.list_access)
    access.command("resolve")(resolve_step.resolve_access)
    return access


def _builds() -> typer.Typer:
    builds = new_app("Builds of the workers: look, roll to the next one, roll back.")
    builds.command("status")(deploy.status)
    builds.command("current")(deploy.current)
    builds.command("ramp")(deploy.ramp)
    builds.command("rollback")(deploy.rollback)
    return builds


def main() -> NoReturn:
    """Run the command line of this process."""
    leave(invoke(build_app(), sys.argv[1:]))


if __name__ == "__main__":
    main()
