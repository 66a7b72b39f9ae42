"""How a lead relates to what is already there: new, known, a repetition to merge, or for a person to say.

Bands, strongest first: the same mailbox; the same number and a name that fits; a likeness by name, company
and domain that reaches the policy's `merge_at`. All three mean the same person. Between `review_at` and
`merge_at`, and where people whose names clearly differ share an address or a number, a person says.
"""

from dataclasses import dataclass
from enum import StrEnum

from contracts.assessment import CheckName, CheckResult, Grade, SpamSignal
from contracts.lead import EntryKind, NormalisedLead
from contracts.matching import (
    ContactCandidate,
    InFlightCandidate,
    JudgeMatchInput,
    MatchCandidates,
    MatchKind,
    MatchVerdict,
    OpenWork,
    WorkKind,
)
from contracts.policy import MatchingPolicy, PolicyBundle
from rules.checks import check_result, merge_checks
from rules.email_addresses import is_shared_mailbox, match_key, normalised_email
from rules.likeness import Identity, likeness, names_compatible
from rules.spam import is_too_frequent, spam_check

__all__ = ["Band", "judge_match", "merge_checks"]


class Band(StrEnum):
    """Why a lead and somebody known are, or could be, one person; strongest first."""

    SAME_EMAIL = "same_email"
    SAME_PHONE = "same_phone"
    ALIKE = "alike"
    SHARED_EMAIL = "shared_email"
    """One address that several people read, and another name."""
    SHARED_PHONE = "shared_phone"
    """One number, and another name."""
    NEAR = "near"
    NO_MATCH = "no_match"


SAME_PERSON = frozenset({Band.SAME_EMAIL, Band.SAME_PHONE, Band.ALIKE})
FOR_REVIEW = frozenset({Band.SHARED_EMAIL, Band.SHARED_PHONE, Band.NEAR})

GRADES: dict[MatchKind, tuple[Grade, str]] = {
    MatchKind.NEW: (Grade.PASS, "Nobody like this is known."),
    MatchKind.KNOWN: (Grade.PASS, "The person is known, the request is not."),
    MatchKind.REVIEW: (Grade.WARN, "It could be somebody who is known; a person must say."),
    MatchKind.MERGE: (Grade.FAIL, "It repeats a request that is already there."),
}


@dataclass(frozen=True)
class _Judged:
    """A contact and how it compares with the lead."""

    contact: ContactCandidate
    band: Band
    score: float
    evidence: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sorts the strongest first; the id settles ties, so that candidates in any order give one answer."""
        return (list(Band).index(self.band), -self.score, self.contact.contact_id)


def judge_match(request: JudgeMatchInput, bundle: PolicyBundle) -> MatchVerdict:
    """The verdict on one lead.

    It carries the duplicate check and, where too many arrivals make the lead spam, the spam check again.
    """
    lead, candidates = request.assessment.lead, request.candidates
    verdict = _verdict(lead, candidates, bundle)
    checks: tuple[CheckResult, ...] = (_duplicate_check(verdict, bundle.version),)
    spam = is_too_frequent(candidates, bundle.assessment.spam)
    if spam:
        given = (SpamSignal(signal) for signal in request.assessment.spam_signals)
        checks = (*checks, spam_check((*given, SpamSignal.RATE), bundle.version))
    account = candidates.account
    return verdict.model_copy(
        update={
            "rule": f"{verdict.rule}@{bundle.version}",
            "account_id": account.company_id if account else None,
            # Whoever looks after the contact comes before the account's owner.
            "sticky_owner_id": verdict.sticky_owner_id or (account.owner_id if account else None),
            "checks": checks,
            "spam": spam,
        }
    )


def reviewed(match: MatchVerdict, *, same_person: bool) -> MatchVerdict:
    """The verdict once a person has looked at a possible duplicate; any other verdict stays as it is."""
    if match.kind is not MatchKind.REVIEW:
        return match
    if same_person and match.contact_id is not None:
        return match.model_copy(update={"kind": MatchKind.KNOWN, "in_flight_lead_id": None})
    nobody = dict.fromkeys(("contact_id", "contact_version", "sticky_owner_id", "in_flight_lead_id"))
    return match.model_copy(update={"kind": MatchKind.NEW, **nobody})


def _verdict(lead: NormalisedLead, candidates: MatchCandidates, bundle: PolicyBundle) -> MatchVerdict:
    judged = [_judged(lead, contact, bundle) for contact in candidates.contacts]
    best = min(judged, key=lambda one: one.rank, default=None)
    person = best if best and best.band in SAME_PERSON else None
    # Every run in flight registered before this one, first first: of any two only the later gives way.
    earlier = candidates.in_flight
    repeated_run = next((other for other in earlier if _repeats(lead, other)), None)
    unclear_run = next((other for other in earlier if _could_be_same_person(lead, other)), None)

    repeated_work = _repeated_work(lead, person.contact) if person else None
    if person and repeated_work:
        return _about(person, MatchKind.MERGE, repeated_work)
    if repeated_run:
        return _merge_into_run(repeated_run, person)
    if person:
        return _about(person, MatchKind.KNOWN)
    if best and best.band in FOR_REVIEW:
        return _about(best, MatchKind.REVIEW)
    if unclear_run:
        return _review_with_run(unclear_run)
    return MatchVerdict(kind=MatchKind.NEW, rule=Band.NO_MATCH, score=best.score if best else 0.0)


def _judged(lead: NormalisedLead, contact: ContactCandidate, bundle: PolicyBundle) -> _Judged:
    """Compares by address, then by number, then by likeness: the first that says anything counts."""
    name_fits = names_compatible(lead.name, contact.name)
    both_named = ("name",) if lead.name and contact.name and name_fits else ()
    if lead.email and contact.email and match_key(lead.email) == match_key(contact.email):
        band = Band.SAME_EMAIL if name_fits or not is_shared_mailbox(lead.email) else Band.SHARED_EMAIL
        return _Judged(contact, band, 1.0, ("email", *both_named))
    if lead.phone and lead.phone == contact.phone:
        if name_fits:
            return _Judged(contact, Band.SAME_PHONE, 1.0, ("phone", *both_named))
        # With another name and another address they are colleagues behind one switchboard: nothing to ask.
        if not (lead.email and contact.email):
            return _Judged(contact, Band.SHARED_PHONE, 1.0, ("phone",))
    return _judged_by_likeness(lead, contact, bundle)


def _judged_by_likeness(lead: NormalisedLead, contact: ContactCandidate, bundle: PolicyBundle) -> _Judged:
    address = normalised_email(contact.email)
    own_domain = address and address.domain not in bundle.assessment.free_mail_domains
    found = likeness(
        Identity(lead.name, lead.company, lead.company_domain),
        Identity(contact.name, contact.company, address.domain if address and own_domain else None),
    )
    return _Judged(contact, _band(found.score, bundle.matching), found.score, found.evidence)


def _band(score: float, policy: MatchingPolicy) -> Band:
    if score >= policy.merge_at:
        return Band.ALIKE
    return Band.NEAR if score >= policy.review_at else Band.NO_MATCH


def _same_person(lead: NormalisedLead, other: InFlightCandidate) -> bool:
    own_mailbox = other.matched_on == "email" and not (lead.email and is_shared_mailbox(lead.email))
    return own_mailbox or names_compatible(lead.name, other.name)


def _could_be_same_person(lead: NormalisedLead, other: InFlightCandidate) -> bool:
    """Whether names clearly differ and nothing else tells the two apart; an address of one's own does."""
    return not _same_person(lead, other) and (other.matched_on == "email" or lead.email is None)


def _repeats(lead: NormalisedLead, other: InFlightCandidate) -> bool:
    return _same_person(lead, other) and lead.category == other.category


def _repeated_work(lead: NormalisedLead, contact: ContactCandidate) -> OpenWork | None:
    """The open work that asks for the same as the lead, if there is some.

    An enrolment is something that we send, not something that was asked for: a request must not vanish in it.
    Nor does a support ticket vanish in a deal.
    """
    is_ticket = lead.entry_kind is EntryKind.SUPPORT_TICKET
    kinds = {WorkKind.TICKET} if is_ticket else {WorkKind.TICKET, WorkKind.DEAL}
    same = (work for work in contact.open_work if work.kind in kinds and work.category == lead.category)
    return min(same, key=lambda work: work.id, default=None)


def _about(judged: _Judged, kind: MatchKind, work: OpenWork | None = None) -> MatchVerdict:
    """A verdict about a contact in the CRM."""
    return MatchVerdict(
        kind=kind,
        rule=judged.band,
        score=judged.score,
        evidence=judged.evidence,
        contact_id=judged.contact.contact_id,
        contact_version=judged.contact.version,
        sticky_owner_id=judged.contact.owner_id,
        work=work,
    )


def _merge_into_run(other: InFlightCandidate, person: _Judged | None) -> MatchVerdict:
    return MatchVerdict(
        kind=MatchKind.MERGE,
        rule=Band.SAME_EMAIL if other.matched_on == "email" else Band.SAME_PHONE,
        score=1.0,
        evidence=(other.matched_on, "category"),
        contact_id=person.contact.contact_id if person else None,
        contact_version=person.contact.version if person else None,
        sticky_owner_id=person.contact.owner_id if person else None,
        in_flight_lead_id=other.lead_id,
    )


def _review_with_run(other: InFlightCandidate) -> MatchVerdict:
    return MatchVerdict(
        kind=MatchKind.REVIEW,
        rule=Band.SHARED_EMAIL if other.matched_on == "email" else Band.SHARED_PHONE,
        score=1.0,
        evidence=(other.matched_on,),
        in_flight_lead_id=other.lead_id,
    )


def _duplicate_check(verdict: MatchVerdict, version: str) -> CheckResult:
    grade, detail = GRADES[verdict.kind]
    return check_result(CheckName.DUPLICATE, grade, version, detail, verdict.evidence)
