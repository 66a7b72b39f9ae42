"""Messages by a Slack bot: posted once, looked for after an unknown end, edited where they no longer hold."""

from datetime import timedelta
from typing import Any, cast

from connectors.card import ConnectorCard, Operation
from connectors.channels import CALL_WITHIN
from connectors.connections.channels import SlackSettings
from connectors.errors import first_text
from connectors.http import Answer, Call, HttpSystem, JsonObject
from connectors.slack.blocks import EVENT_TYPE, message_of
from connectors.slack.errors import ERRORS
from contracts.delivery import Channel, Parcel, Receipt
from contracts.failures import FailureCode, ServiceFailure
from contracts.ports import Clock

LOOK_BACK = timedelta(days=2)
"""How far back a message is looked for: longer than a step is tried, whatever the clocks say."""

PAGE, MOST_PAGES = 200, 20
"""Messages of one call, and calls: what is beyond in a conversation within two days is no human's."""

CARD = ConnectorCard(
    name="slack",
    port="notifier",
    system="Slack Web API, bot token",
    operations=(
        Operation(
            "send",
            "our memory; after an unknown end the conversation is read for our key in the metadata",
            f"a message is posted again where its end is unknown and it is tried again more than "
            f"{LOOK_BACK.days} days later, or where somebody deleted it in between",
        ),
        Operation("correct", "chat.update of the same message, which a repeat does not double", "none"),
    ),
    rate_limit="about one message a second for each conversation; 429 with Retry-After",
    scopes="chat:write, im:write, im:history; channels:history and groups:history for conversations",
    not_established="An edit notifies nobody, and a workspace may forbid edits after some time: it is posted "
    "anew then. No live workspace was used.",
)


def slack_system(settings: SlackSettings, **options: Any) -> HttpSystem:
    """Slack's interface, as the settings say."""
    token = settings.token.get_secret_value()
    options = {"within": CALL_WITHIN, **options}
    return HttpSystem(
        "slack", settings.url, headers={"authorization": f"Bearer {token}"}, errors=ERRORS, **options
    )


class SlackChannel:
    """`DeliveryChannel` over a Slack bot; addresses are members (U…, W…) or conversations (C…, G…, D…)."""

    def __init__(self, system: HttpSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._conversations: dict[str, str] = {}

    async def deliver(self, parcel: Parcel, to: str) -> Receipt:
        """Posts a message, or edits the one whose place it takes."""
        place = await self._conversation(to)
        if parcel.earlier is not None and (edited := await self._edited(parcel, parcel.earlier)):
            return edited
        if parcel.tried_before and (ts := await self._found(place, parcel.key)):
            return self._receipt(ts, place)
        body = await self._post("post message", "chat.postMessage", {"channel": place, **message_of(parcel)})
        # A member's conversation may go by another id in the answer, and edits need that one.
        return self._receipt(self._text(body, "ts"), first_text(body[1], "channel") or place)

    async def whoami(self) -> str:
        """The team that the token belongs to."""
        return self._text(await self._post("test token", "auth.test", {}, reads_only=True), "team")

    async def _edited(self, parcel: Parcel, earlier: Receipt) -> Receipt | None:
        request = {"channel": earlier.place, "ts": earlier.reference, **message_of(parcel)}
        try:
            body = await self._post("edit message", "chat.update", request)
        except ServiceFailure as failure:
            if failure.code in (FailureCode.NOT_FOUND, FailureCode.CONFLICT):
                return None
            raise
        return self._receipt(self._text(body, "ts"), earlier.place)

    async def _conversation(self, to: str) -> str:
        """The conversation of an address; that with a member has an id of its own, which history needs."""
        if not to.startswith(("U", "W")):
            return to
        if to not in self._conversations:
            body = await self._post("open conversation", "conversations.open", {"users": to}, reads_only=True)
            self._conversations[to] = self._text(body, "channel", "id")
        return self._conversations[to]

    async def _found(self, place: str, key: str) -> str | None:
        oldest = f"{(self._clock() - LOOK_BACK).timestamp():.6f}"
        # Methods that read take forms, not JSON.
        form = [
            ("channel", place),
            ("include_all_metadata", "true"),
            ("oldest", oldest),
            ("limit", f"{PAGE}"),
        ]
        cursor = ""
        for _ in range(MOST_PAGES):
            page = [*form, ("cursor", cursor)] if cursor else form
            answer, body = await self._said(
                Call("read back", "POST", "/conversations.history", form=page, reads_only=True)
            )
            messages = body.get("messages")
            if not isinstance(messages, list):
                raise answer.malformed("has no list of messages")
            for message in cast(list[object], messages):
                if _key_of(message) == key and (ts := first_text(message, "ts")):
                    return ts
            cursor = first_text(body, "response_metadata", "next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _post(
        self, operation: str, method: str, request: JsonObject, *, reads_only: bool | None = None
    ) -> tuple[Answer, JsonObject]:
        return await self._said(Call(operation, "POST", f"/{method}", json=request, reads_only=reads_only))

    async def _said(self, call: Call) -> tuple[Answer, JsonObject]:
        answer = await self._system.call(call)
        body = answer.object()
        if body.get("ok") is True:
            return answer, body
        if body.get("ok") is False and first_text(body, "error"):
            raise self._system.failure_of(answer)
        raise answer.malformed("says neither yes nor no")

    def _text(self, said: tuple[Answer, JsonObject], *path: str) -> str:
        answer, body = said
        if not (text := first_text(body, *path)):
            raise answer.malformed(f"has no {'.'.join(path)}")
        return text

    def _receipt(self, ts: str, place: str) -> Receipt:
        return Receipt(channel=Channel.SLACK, reference=ts, place=place)


def _key_of(message: object) -> str | None:
    if first_text(message, "metadata", "event_type") != EVENT_TYPE:
        return None
    return first_text(message, "metadata", "event_payload", "key")
