"""The commands of each workflow are in the order that open runs have in their histories."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.golden.fingerprints import BUILDING_BLOCKS, fingerprints, workflow_trees
from tests.golden.pages import COMMAND_FINGERPRINTS, differences, recorded, told, written

WHAT_IT_MEANS = """The commands of a workflow are no longer what {file} says:

{told}

An open run is carried on by running its code again over its history. Where the code now gives another
command, or the same ones in another order, the run stops until a worker comes that gives the old ones.
  - Did the order change only here, because code was moved, split or named anew? `./throughline test replay`
    is green then: record.
  - Can runs be open that were started with the old code? Keep their way: give the change an id in
    `contracts/names.py` (date and change, such as `2026-12-add-duplicate-check`) and branch on it:
        if workflow.patched(Patch.ADD_DUPLICATE_CHECK): <new commands>
        else: <old commands>
    Record a history of the new branch (tests/replay/README.md); the old ones stay and still replay.
  - Can no run be open (before the first release, or another workflow type)? Say so in the commit.

Then record it: .venv/bin/python -m tests.golden.record --breaking
"""


def test_commands_are_as_recorded() -> None:
    found = list(differences(recorded(COMMAND_FINGERPRINTS), fingerprints(), ordered=True))
    assert not found, WHAT_IT_MEANS.format(file=COMMAND_FINGERPRINTS.name, told=told(found))


def test_commands_in_another_order_are_told() -> None:
    swapped = list(differences({"run": ["pay", "ship"]}, {"run": ["ship", "pay"]}, ordered=True))
    assert [one.place for one in swapped] == ["run"]
    assert "-ship" in told(swapped)
    assert "+ship" in told(swapped)


def test_golden_file_is_written_as_the_recorder_writes_it() -> None:
    page = recorded(COMMAND_FINGERPRINTS)
    assert COMMAND_FINGERPRINTS.read_text(encoding="utf-8") == written(page)


def test_building_blocks_exist() -> None:
    """A module that was renamed would be followed inwards, and its name would guard nothing."""
    assert set(BUILDING_BLOCKS) <= set(TREES)


# ---------------------------------------------------------------- edits of the real source

TREES = workflow_trees()
PRINTS = fingerprints(TREES)

COMMAND_CALLS = ("execute_", "start_child", "upsert_", "continue_as_new", "wait_condition")
OURS = {
    "tell", "until", "in_parallel", "verified", "required", "optional", "undo_all", "advance", "signal",
    "start",
}  # fmt: skip


def statements_with_commands(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], int]]:
    """Every simple statement that gives a command: the body that it is in, and its place there."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
                if isinstance(body, list):
                    yield from ((body, at) for at, one in enumerate(body) if gives_command(one))


def gives_command(statement: Any) -> bool:
    """Whether a statement without a body calls something that gives a command."""
    if not isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign):
        return False
    called = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    names = {getattr(function, "attr", getattr(function, "id", "")) for function in called}
    return any(name in OURS or name.startswith(COMMAND_CALLS) for name in names)


def edited(module: str, edit: Callable[[list[ast.stmt], int], None]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fingerprints after each possible edit of a module, and where it was made."""
    for body, at in list(statements_with_commands(TREES[module])):
        line, before = body[at].lineno, list(body)
        edit(body, at)
        try:
            yield f"{module}.py:{line}", fingerprints(TREES)
        finally:
            body[:] = before


def removed(body: list[ast.stmt], at: int) -> None:
    body[at] = ast.Pass()


def doubled(body: list[ast.stmt], at: int) -> None:
    body.insert(at, body[at])


def made_conditional(body: list[ast.stmt], at: int) -> None:
    body[at] = ast.If(test=ast.Name("something"), body=[body[at]], orelse=[])


MODULES = [name for name, tree in TREES.items() if any(True for _ in statements_with_commands(tree))]


@pytest.mark.parametrize("edit", [removed, doubled, made_conditional])
def test_every_edit_of_a_command_is_noticed(edit: Callable[[list[ast.stmt], int], None]) -> None:
    """All commands of the real source, one by one: a fingerprint that misses one would guard nothing."""
    results = [result for module in MODULES for result in edited(module, edit)]
    assert len(results) > 30
    assert [where for where, prints in results if prints == PRINTS] == []


def test_comments_texts_and_layout_leave_no_mark() -> None:
    class OtherTexts(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant(f"{node.value} anew") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
            return node

    again = {
        name: ast.parse(ast.unparse(OtherTexts().visit(tree))) for name, tree in workflow_trees().items()
    }
    assert fingerprints(again) == PRINTS


# ---------------------------------------------------------------- what counts, by example

BEFORE = """
from temporalio import workflow
from workflows.steps import Steps

@workflow.defn
class OrderWorkflow:
    def __init__(self):
        self._steps = Steps()

    @workflow.run
    async def run(self):
        paid = await workflow.execute_activity_method(Shop.take_payment, summary="Pay", **options.PAY)
        await self._ship()
        await workflow.wait_condition(lambda: self.done, timeout=DAY)

    async def _ship(self):
        await self._steps.required(
            Step.SHIP, lambda: workflow.execute_activity_method(Shop.ship_parcel, **options.SHIP)
        )

    @workflow.signal
    async def parcel_lost(self, parcel):
        await workflow.start_child_workflow(ClaimWorkflow.run)
"""

STEPS = """
from temporalio import workflow

class Steps:
    async def required(self, step, take):
        try:
            return await take()
        except ActivityError:
            await workflow.wait_condition(lambda: self.answer)
"""


def prints_of(text: str) -> dict[str, Any]:
    return fingerprints({"order": ast.parse(text), "steps": ast.parse(STEPS)})


def test_outline_reads_in_the_order_of_commands() -> None:
    assert prints_of(BEFORE) == {
        "workflows": {
            "OrderWorkflow": {
                "run": [
                    "activity take_payment",
                    "activity ship_parcel",
                    "Steps.required(SHIP)",
                    "wait, with timer",
                ],
                "signal parcel_lost": ["child ClaimWorkflow"],
            }
        },
        "building_blocks": {
            "Steps.required": ["try", "  what is given", "  return", "except ActivityError", "  wait"],
        },
        "tables": {},
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("paid =", "receipt ="),
        ('summary="Pay"', 'summary=f"Pay {amount}"'),
        ("options.PAY", "options.PAY_SLOWLY"),
        ("timeout=DAY", "timeout=WEEK"),
        ("_ship", "_send_parcel"),
        ("        await self._ship()", "        # Why not.\n        await self._ship()"),
        ("        await self._ship()", "        total = price * 2\n        await self._ship()"),
    ],
    ids=["local", "summary", "options", "duration", "method", "comment", "arithmetic"],
)
def test_harmless_edit_leaves_no_mark(old: str, new: str) -> None:
    after = BEFORE.replace(old, new)
    assert after != BEFORE
    assert prints_of(after) == prints_of(BEFORE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Shop.ship_parcel", "Shop.ship_twice"),
        ("workflow.execute_activity_method(Shop.take", "workflow.execute_local_activity_method(Shop.take"),
        (", timeout=DAY", ""),
        ("Step.SHIP", "Step.SEND"),
        ("await self._ship()", "if workflow.patched(Patch.SHIP):\n            await self._ship()"),
        ("await self._ship()", "await asyncio.sleep(1)\n        await self._ship()"),
        ("await self._ship()", "await asyncio.gather(self._ship())"),
        ("await self._ship()", "await self._ship()\n        workflow.upsert_search_attributes([])"),
        ("await self._ship()", "if self.closed:\n            return\n        await self._ship()"),
        ("ClaimWorkflow.run", "LossWorkflow.run"),
    ],
    ids=[
        "other-activity", "local-activity", "no-timer", "other-step", "patched", "timer", "gathered",
        "search-attribute", "early-return", "other-child",
    ],
)  # fmt: skip
def test_edit_of_commands_is_noticed(old: str, new: str) -> None:
    after = BEFORE.replace(old, new)
    assert after != BEFORE
    assert prints_of(after) != prints_of(BEFORE)


def test_code_that_moves_to_another_module_leaves_no_mark() -> None:
    """A function is followed to where it is defined, unless it is a building block."""
    body = "    await workflow.execute_activity_method(Shop.pack, **options.PACK)\n"
    head = "from temporalio import workflow\n"
    main = "@workflow.defn\nclass W:\n    @workflow.run\n    async def run(self):\n        await pack()\n"
    pack = f"async def pack():\n{body}"
    together = fingerprints({"w": ast.parse(head + pack + main)})
    apart = fingerprints(
        {
            "w": ast.parse(f"{head}from workflows.packing import pack\n{main}"),
            "packing": ast.parse(head + pack),
        }
    )
    assert together == apart
    assert together["workflows"] == {"W": {"run": ["activity pack"]}}


WALKING = """
from temporalio import workflow
from workflows.gates import Checked, Signed
from workflows.walking import walk

@workflow.defn
class OrderWorkflow:
    def __init__(self):
        self._take = {"pack": self._pack, "check": Checked(self).passed}

    @workflow.run
    async def run(self):
        for gate in (Checked, Signed):
            await gate(self).passed()
        await walk(self._taken)

    async def _taken(self, step):
        await self._take[step]()

    async def _pack(self):
        await workflow.execute_activity_method(Shop.pack, **options.PACK)
"""

GATES = """
class Checked:
    async def passed(self):
        await workflow.execute_activity_method(Shop.check, **options.CHECK)

class Signed:
    async def passed(self):
        await workflow.wait_condition(lambda: self.signed)
"""


def test_loop_over_classes_a_table_and_a_function_that_is_handed_on_are_followed() -> None:
    walking = "async def walk(take):\n    await take('pack')\n"
    texts = {"w": WALKING, "gates": GATES, "walking": walking}
    prints = fingerprints({name: ast.parse(text) for name, text in texts.items()})
    assert prints["workflows"]["OrderWorkflow"]["run"] == [
        "for each", "  activity check", "for each", "  wait",
        "either", "  activity pack", "either", "  activity check", "what is given",
    ]  # fmt: skip
