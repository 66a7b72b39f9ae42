"""E-mail addresses: which are usable, and which two belong to one mailbox. Nothing is looked up."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

# Providers that deliver `a.b` and `ab` to one mailbox, by the domain that both of their names stand for.
DOTS_IGNORED = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

# Mailboxes that several people read: the same address does not make them the same person.
SHARED_MAILBOXES = frozenset(
    {
        "accounting", "accounts", "admin", "administration", "all", "anfrage", "billing", "booking",
        "bookings", "buero", "careers", "contact", "contacto", "contato", "customerservice", "desk",
        "enquiries", "enquiry", "finance", "frontdesk", "general", "hallo", "hello", "help", "helpdesk",
        "hr", "info", "inquiries", "inquiry", "invoices", "it", "jobs", "kontakt", "legal", "mail",
        "marketing", "office", "ops", "orders", "post", "press", "procurement", "purchasing", "reception",
        "sales", "sekretariat", "service", "services", "shop", "staff", "support", "team", "verkauf",
        "vertrieb", "webmaster", "welcome",
    }
)  # fmt: skip


@dataclass(frozen=True)
class NormalisedEmail:
    """A usable address in one spelling."""

    address: str
    """Composed, lower case, domain in Unicode; the plus tag is kept, because mail is sent to it."""
    local: str
    domain: str
    match_key: str
    """See `match_key`."""


def normalised_email(raw: str | None) -> NormalisedEmail | None:
    """The address in canonical form, or none where it is missing or cannot be written to.

    The local part is lower-cased too: no provider in use tells `Ada@` from `ada@`, and people type both.
    """
    if raw is None or len(raw) > 2 * MAX_ADDRESS:
        return None
    try:
        found = validate_email(raw.strip().lower(), check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return NormalisedEmail(
        address=found.normalized,
        local=found.local_part,
        domain=found.domain,
        match_key=match_key(found.normalized),
    )


def match_key(email: str) -> str:
    """What an address is compared by: lower case, no plus tag, no dots where the provider ignores them."""
    local, _, domain = email.strip().lower().rpartition("@")
    base = local.partition("+")[0] or local
    if domain in DOTS_IGNORED:
        base, domain = base.replace(".", "") or base, DOTS_IGNORED[domain]
    return f"{base}@{domain}"


def is_shared_mailbox(email: str) -> bool:
    """Whether the address is one that several people read, such as `info@`."""
    local = match_key(email).rpartition("@")[0]
    return local.replace("-", "").replace("_", "").replace(".", "") in SHARED_MAILBOXES


def email_problem(raw: str) -> str:
    """Why an address that `normalised_email` refuses cannot be used, in words that do not repeat it."""
    address = raw.strip()
    local, _, domain = address.rpartition("@")
    problems = {
        "it has no @": "@" not in address,
        "the part before or after the @ is missing": not local or not domain,
        "it has more than one @": "@" in local,
        f"the part before the @ is longer than {MAX_LOCAL_PART} characters": len(local) > MAX_LOCAL_PART,
        f"it is longer than {MAX_ADDRESS} characters": len(address) > MAX_ADDRESS,
        "the domain cannot receive mail": normalised_domain(domain) is None,
    }
    otherwise = "the part before the @ is not one that mail allows"
    return next((problem for problem, present in problems.items() if present), otherwise)


def normalised_domain(raw: str) -> str | None:
    """The domain in the spelling that addresses have here, or none where it is not a public domain name."""
    found = normalised_email(f"postmaster@{raw.strip()}")
    return found.domain if found else None
