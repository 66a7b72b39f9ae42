"""What stand-ins for doors share: they keep commands, and refuse them where a test says so."""

from starters.console import CommandFailure
from starters.exit_codes import ExitCode


class Refusing:
    """Keeps what it is asked, or refuses it."""

    def __init__(self) -> None:
        self.commands: list[object] = []
        self.refusal: CommandFailure | None = None

    def take(self, command: object) -> None:
        """Keeps a command."""
        if self.refusal:
            raise self.refusal
        self.commands.append(command)


def not_found(where: str) -> CommandFailure:
    """What the doors say of a run that is not there."""
    return CommandFailure(ExitCode.NOT_FOUND, "there is no such run", where=where)
