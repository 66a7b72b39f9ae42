"""Asks whoever sits at the terminal, without stopping what goes on beside."""

from __future__ import annotations

import asyncio
import os
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
    lines = _Lines()
    while True:
        console.print("[bold]a[/]pprove or [bold]r[/]eject? ", end="")
        answer = await lines.next()
        if not answer:
            return Verdict.APPROVE
        if verdict := ANSWERS.get(answer.strip().lower()):
            console.print(f"{verdict} it is; the other decisions are made by examples/decisions.json.\n")
            return verdict


class _Lines:
    """Lines of stdin. No thread waits for them, so Ctrl-C ends the program at once."""

    def __init__(self) -> None:
        self._typed = b""

    async def next(self) -> str:
        """The next line, with its end; empty at the end of input."""
        while b"\n" not in self._typed:
            await self._readable()
            typed = os.read(sys.stdin.fileno(), 1024)
            if not typed:
                return ""
            self._typed += typed
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace") + "\n"

    async def _readable(self) -> None:
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(sys.stdin, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(sys.stdin)
