"""Run by localstripe's interpreter: its own command listens on every interface and keeps a file in /tmp.

localstripe's are the records and their rules: customers, tax ids, products, plans, subscriptions with their
periods and amounts, invoices. Two layers around it are ours, in this process: `localstripe_shape.py` says
things as Stripe's API does today, and `localstripe_keys.py` does what Stripe does with an Idempotency-Key.

`POST /_config/front` takes an object that sets what the layers do from then on: `replays` (whether keys mean
anything), `slow_seconds` (how long a creation takes), `search_lag_seconds` (how old a record must be to be
found by a search). `DELETE /_config/data` forgets records, keys and settings.
"""

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
    keys = importlib.import_module("localstripe_keys").Keys()
    shape = importlib.import_module("localstripe_shape").Shape()

    async def configured(request: Any) -> Any:
        settings = await request.json()
        keys.configure(settings)
        shape.configure(settings)
        return web.Response()

    @web.middleware  # type: ignore[untyped-decorator]
    async def keyed(request: Any, handler: Any) -> Any:
        if (request.method, request.path) == ("DELETE", "/_config/data"):
            keys.forget()
            shape.forget()
        return await keys.answer(request, handler)

    @web.middleware  # type: ignore[untyped-decorator]
    async def shaped(request: Any, handler: Any) -> Any:
        return await shape.answer(request, handler)

    # A key is looked at before anything else, and what is saved under it are errors too.
    server.app.middlewares.insert(0, keyed)
    server.app.middlewares.append(shaped)
    server.app.router.add_post("/_config/front", configured)
    web.run_app(server.app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
