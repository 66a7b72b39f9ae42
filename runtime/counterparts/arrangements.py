"""What counterparts read when they start: configuration, fixtures, a copy of a database."""

import json
import shutil
from pathlib import Path

from runtime.counterparts.places import Run, environment

TRYTON_KEY = "counterpart-key-0123456789abcdef0123456789abcdef"
SCIM_TOKEN = "counterpart-scim-token"
CALENDAR_USER = "throughline"
CALENDAR_PASSWORD = "counterpart-password"

CALENDARS = tuple(f"{host}@ours.example" for host in ("sam", "kim", "ali", *(f"host-{n}" for n in range(10))))
"""That the emulated Google has from the start: its interface can make none."""

TRYTON_DATABASE = Path("database") / "crm.sqlite"
"""Below the environment: initialised once, since that takes half a minute, and copied for each run."""


def tryton(run: Run) -> None:
    """A copy of the prepared database, and where to listen."""
    data = run.folder / "data"
    data.mkdir(exist_ok=True)
    shutil.copy(environment("tryton") / TRYTON_DATABASE, data / "crm.sqlite")
    (run.folder / "trytond.conf").write_text(
        f"[database]\nuri = sqlite://\npath = {data}\n[web]\nlisten = 127.0.0.1:{run.port('tryton')}\n"
    )


def radicale(run: Run) -> None:
    """One user, and a folder for calendars."""
    users = run.folder / "users"
    users.write_text(f"{CALENDAR_USER}:{CALENDAR_PASSWORD}\n")
    (run.folder / "radicale.conf").write_text(
        f"[server]\nhosts = 127.0.0.1:{run.port('radicale')}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\n"
        f"[storage]\nfilesystem_folder = {run.folder / 'collections'}\n"
    )


def aimock(run: Run) -> None:
    """A folder for fixtures; clients add theirs at run time."""
    (run.folder / "fixtures").mkdir(exist_ok=True)
    (run.folder / "fixtures" / "none.json").write_text('{"fixtures": []}\n')


def emulate(run: Run) -> None:
    """What the emulators begin with, beside their own defaults."""
    calendars = [{"id": name, "summary": name} for name in CALENDARS]
    (run.folder / "seed.json").write_text(json.dumps({"google": {"calendars": calendars}}))
