"""A message as a mail: stable id, text, HTML where the policy has a layout for it."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from email_validator import EmailNotValidError, validate_email

from connectors.connections.channels import EmailSettings
from connectors.email.templates import rendered
from contracts.delivery import Parcel
from contracts.failures import FailureCode, ServiceFailure


def message_id(key: str, domain: str) -> str:
    """The same for every attempt under a key, so that a receiver can tell; it says nothing of the run."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def letter_of(parcel: Parcel, to: str, settings: EmailSettings, at: datetime) -> tuple[EmailMessage, str]:
    """The mail, and its address as the envelope says it.

    Raises:
        ServiceFailure: REJECTED where the address is none, or the layout cannot be filled in.
    """
    recipient = _address(parcel.recipient_name, to)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    letter["To"] = recipient
    letter["Subject"] = parcel.subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = message_id(parcel.key, settings.domain)
    # Keeps out-of-office answers away (RFC 3834).
    letter["Auto-Submitted"] = "auto-generated"
    layout = parcel.layout
    text = rendered(layout.text, parcel, html=False) if layout and layout.text else parcel.body
    letter.set_content(text, subtype="plain", charset="utf-8")
    if layout and layout.html:
        letter.add_alternative(rendered(layout.html, parcel, html=True), subtype="html", charset="utf-8")
    return letter, recipient.addr_spec


def _address(name: str, to: str) -> Address:
    """An address whose domain is spelled in ASCII; letters beyond it before the @ are refused."""
    try:
        spelled = validate_email(to.strip(), check_deliverability=False).ascii_email
        return Address(name, addr_spec=spelled or "")
    except (EmailNotValidError, ValueError, IndexError, MessageError):
        raise ServiceFailure(FailureCode.REJECTED, "email", "the recipient's address is no address") from None
