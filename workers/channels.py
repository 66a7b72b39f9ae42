"""Which channel is made of which settings; the policy chooses among them, for each person and kind."""

from collections.abc import Callable, Mapping

from connectors.channels import DeliveryChannel
from connectors.email.channel import EmailChannel
from connectors.slack.channel import SlackChannel, slack_system
from connectors.teams.channel import TeamsChannel, teams_system
from connectors.webhook.channel import WebhookChannel, webhook_system
from contracts.delivery import Channel
from contracts.policy import PolicyBundle
from rules.delivery import channels_of
from runtime.problems import SettingsProblem
from runtime.settings import needs
from workers.parts import Parts


def _slack(parts: Parts) -> DeliveryChannel | None:
    chosen = parts.settings.slack
    return SlackChannel(parts.opened(slack_system(chosen)), parts.clock) if chosen else None


def _email(parts: Parts) -> DeliveryChannel | None:
    chosen = parts.settings.email
    return EmailChannel(chosen, parts.clock) if chosen else None


def _teams(parts: Parts) -> DeliveryChannel | None:
    chosen = parts.settings.teams
    return TeamsChannel(parts.opened(teams_system(chosen)), chosen) if chosen else None


def _webhook(parts: Parts) -> DeliveryChannel | None:
    chosen = parts.settings.webhook
    return WebhookChannel(parts.opened(webhook_system(chosen)), chosen, parts.clock) if chosen else None


# A new channel is one line here.
CHANNELS: Mapping[Channel, Callable[[Parts], DeliveryChannel | None]] = {
    Channel.SLACK: _slack,
    Channel.EMAIL: _email,
    Channel.TEAMS: _teams,
    Channel.WEBHOOK: _webhook,
}


def channels(parts: Parts, bundle: PolicyBundle) -> dict[Channel, DeliveryChannel]:
    """The channels that settings reach.

    Raises:
        SettingsProblem: the policy names one that they do not.
    """
    made = {channel: made for channel, make in CHANNELS.items() if (made := make(parts)) is not None}
    if missing := sorted(channels_of(bundle) - set(made)):
        needed = "; ".join(f"{name} needs {', '.join(needs(name))}" for name in missing)
        raise SettingsProblem(f"the policy sends messages by channels that no settings reach: {needed}")
    return made
