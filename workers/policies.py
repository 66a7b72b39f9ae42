"""The policy bundle that new runs get, read and checked before a worker starts."""

from connectors.email.templates import layout_findings
from contracts.policy import PolicyBundle
from rules.policy_source import LAYOUT_FOLDER, PolicyRefused, parse_bundle
from runtime.problems import SettingsProblem
from runtime.settings import PolicySettings


def load_policies(settings: PolicySettings) -> PolicyBundle:
    """Reads and checks the policy bundle that new runs get.

    Raises:
        SettingsProblem: the folder cannot be read, or a policy in it is wrong: a line each, with its place.
    """
    folder = settings.directory
    try:
        pages = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob(f"{LAYOUT_FOLDER}*.j2"))]
        files = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in pages}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"the policies in {folder} cannot be read: {error}") from None
    if not files:
        raise SettingsProblem(f"THROUGHLINE__POLICIES__DIRECTORY: there are no policies (*.yaml) in {folder}")
    try:
        bundle = parse_bundle(files)
    except PolicyRefused as refused:
        raise SettingsProblem(f"the policies in {folder} are refused:\n{refused}") from None
    found = layout_findings(bundle.layouts)
    if wrong := [f"{LAYOUT_FOLDER}{name}:{line}: {problem}" for name, line, problem in found]:
        raise SettingsProblem("\n".join((f"the policies in {folder} are refused:", *wrong)))
    return bundle
