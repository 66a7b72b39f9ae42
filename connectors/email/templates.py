"""Layouts of mails: Jinja2 templates of the policy, which read their few variables and do nothing else."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from contracts.delivery import Parcel
from contracts.failures import FailureCode, ServiceFailure

VARIABLES = frozenset({"subject", "body", "paragraphs", "recipient_name", "due_at", "workflow_id"})
"""What a layout can name. `due_at` is none where nothing is due."""

_REFERRING = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # A loop over this asks for any amount of memory and time.
    made.globals = {}
    return made


_HTML, _TEXT = _environment(html=True), _environment(html=False)


def layout_findings(layouts: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """Yields what is wrong with the layouts of a bundle: the name, the line and the problem."""
    for name, source in sorted(layouts.items()):
        for line, problem in problems_with(source, html=".html." in name):
            yield name, line, problem


def problems_with(source: str, *, html: bool) -> Iterator[tuple[int, str]]:
    """Yields what is wrong with a layout, each with its line."""
    environment = _HTML if html else _TEXT
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        yield error.lineno, error.message or "is no template"
        return
    try:
        # Filters and tests are looked up here, other names when it is filled in.
        unknown_names = meta.find_undeclared_variables(tree) - VARIABLES
        environment.compile(source)
    except TemplateSyntaxError as error:
        yield error.lineno, error.message or "is no template"
        return
    for unknown in sorted(unknown_names):
        known = ", ".join(sorted(VARIABLES))
        yield _line_of(tree, unknown), f"unknown variable {unknown}; known: {known}"
    for node in tree.find_all(_REFERRING):
        yield node.lineno, "a layout stands alone: it includes and extends nothing"
    if unknown_names:
        return
    try:
        rendered(source, _SAMPLE, html=html)
    except ServiceFailure as failure:
        yield 1, failure.message


def rendered(source: str, parcel: Parcel, *, html: bool) -> str:
    """A layout with a message in it.

    Raises:
        ServiceFailure: REJECTED where it cannot be filled in; `policy check` finds most such layouts.
    """
    values = {
        "subject": parcel.subject,
        "body": parcel.body,
        "paragraphs": [part for part in parcel.body.split("\n\n") if part.strip()],
        "recipient_name": parcel.recipient_name,
        "due_at": parcel.due_at,
        "workflow_id": parcel.workflow_id,
    }
    try:
        return _compiled(source, html=html).render(values)
    except Exception as error:  # noqa: BLE001  (named below, whatever it is)
        # A template can fail in as many ways as code can; what it says may hold what it was given.
        kind = type(error).__name__
        raise ServiceFailure(
            FailureCode.REJECTED, "email", f"the policy's layout cannot be filled in ({kind})"
        ) from None


@lru_cache(maxsize=64)
def _compiled(source: str, *, html: bool) -> Template:
    return (_HTML if html else _TEXT).from_string(source)


def _line_of(tree: nodes.Template, name: str) -> int:
    return next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)


_SAMPLE = Parcel(
    key="sample#message",
    kind="sample",
    subject="A subject",
    body="One paragraph.\n\nAnd another.",
    workflow_id="lead-intake/sample",
    recipient_name="Somebody",
)
