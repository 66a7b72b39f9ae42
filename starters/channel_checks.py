"""Channels of messages, for `doctor`: whether what the policy names can be reached. Nothing is sent."""

from datetime import UTC, datetime

from connectors.email.channel import EmailChannel
from connectors.slack.channel import SlackChannel, slack_system
from contracts.delivery import Channel
from contracts.failures import ServiceFailure
from contracts.policy import PolicyBundle
from rules.delivery import channels_of
from runtime.settings import Settings, needs
from starters.findings import Finding, ok, problem


async def channel_findings(settings: Settings, policy: PolicyBundle) -> list[Finding]:
    """One finding for each channel that has settings, or that the policy names."""
    wanted = channels_of(policy)
    return [
        await _finding(channel, settings, wanted=channel in wanted)
        for channel in Channel
        if channel in wanted or getattr(settings, channel) is not None
    ]


async def _finding(channel: Channel, settings: Settings, *, wanted: bool) -> Finding:
    if getattr(settings, channel) is None:
        named = ", ".join(needs(channel))
        return problem(channel, "the policy sends messages by it, and no settings reach it", f"set {named}")
    use = "used by the policy" if wanted else "the policy does not name it"
    try:
        seen = await _seen(channel, settings)
    except ServiceFailure as failure:
        return problem(channel, failure.message, f"check THROUGHLINE__{channel.upper()}__...")
    return ok(channel, f"{seen}; {use}")


async def _seen(channel: Channel, settings: Settings) -> str:
    if channel is Channel.SLACK and settings.slack:
        async with slack_system(settings.slack) as system:
            await SlackChannel(system, _now).whoami()
        return "the token is good"
    if channel is Channel.EMAIL and settings.email:
        await EmailChannel(settings.email, _now).greet()
        return "the server lets us in"
    return "has settings; it can only be tried by sending"


def _now() -> datetime:
    return datetime.now(UTC)
