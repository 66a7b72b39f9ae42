"""Run by localstripe's interpreter: its own command listens on every interface and keeps a file in /tmp."""

import importlib
import sys
from typing import Any


def keep_nothing(_: object) -> None:
    """Takes the place of writing the store to a file."""


def main(port: int) -> None:
    """Serves until it is told to end."""
    server: Any = importlib.import_module("localstripe.server")
    web: Any = importlib.import_module("aiohttp.web")
    # Two runs on one machine must not read each other's customers.
    type(server.store).dump_to_disk = keep_nothing
    web.run_app(server.app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
