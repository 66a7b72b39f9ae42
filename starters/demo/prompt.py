"""Asks whoever sits at the terminal, without stopping what goes on beside."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console
from rich.markup import escape

from contracts.approval import ApprovalStatus, Verdict
from starters.demo.story import Move

ANSWERS = {"a": Verdict.APPROVE, "approve": Verdict.APPROVE, "r": Verdict.REJECT, "reject": Verdict.REJECT}


async def ask_for_verdict(move: Move, approval: ApprovalStatus) -> Verdict:
    """Shows what is asked, and returns the answer; end of input is an approval, as the script has it."""
    request = approval.request
    console = Console(stderr=True)
    console.rule("A lead waits for your decision")
    console.print(f"[bold]{escape(request.question)}[/]")
    console.print(f"Lead:       {escape(move.lead)}")
    console.print(f"Because:    {escape(approval.reasons[0] if approval.reasons else request.reason)}")
    console.print(f"May decide: {escape(', '.join(approval.approvers))}; you are {escape(move.by)} now")
    if approval.due_at:
        console.print(f"Expires:    {approval.due_at:%Y-%m-%d %H:%M} UTC, in their office hours")
    console.print(f"Run:        {escape(request.request_id)}")
    while True:
        console.print("[bold]a[/]pprove or [bold]r[/]eject? ", end="")
        answer = await _line()
        if not answer:
            return Verdict.APPROVE
        if verdict := ANSWERS.get(answer.strip().lower()):
            console.print(f"{verdict} it is; the other decisions are made by examples/decisions.json.\n")
            return verdict


async def _line() -> str:
    """A line of stdin; empty at its end. No thread waits for it, so Ctrl-C ends the program at once."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(sys.stdin, readable.set)
    try:
        await readable.wait()
        return sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin)
