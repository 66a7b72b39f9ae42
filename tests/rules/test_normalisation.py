"""A submission in canonical values, raw ones beside them where they differ."""

from datetime import timedelta

import pytest
from hypothesis import given

from contracts.lead import OTHER_SOURCE, UNKNOWN_SOURCE, LeadSubmission, Utm
from rules.normalisation import normalise, website_domain
from tests.bundles import small_assessment_policy
from tests.rules.leads import NOON, SUBMISSIONS, renormalisable, submission

POLICY = small_assessment_policy()


def test_values_become_canonical() -> None:
    lead = normalise(
        "c1",
        submission(
            source=" WEB site ",
            service_interest="customer RELATIONS",
            contact={
                "name": "  Ada   Lovelace ",
                "email": "Ada+Demo@Analytical.Example",
                "phone": "030 901820",
                "country": "Germany",
            },
            message="  \n ",
            occurred_at=NOON - timedelta(hours=1),
        ),
        POLICY,
    )
    assert (lead.source, lead.source_raw) == ("website", "WEB site")
    assert (lead.category, lead.category_raw) == ("crm", "customer RELATIONS")
    assert lead.name == "Ada Lovelace"
    assert (lead.email, lead.email_key) == ("ada+demo@analytical.example", "ada@analytical.example")
    assert (lead.email_domain, lead.company_domain) == ("analytical.example", "analytical.example")
    assert lead.phone == "+4930901820"
    assert lead.country == "DE"
    assert lead.has_message is False
    assert (lead.occurred_at, lead.received_at) == (NOON - timedelta(hours=1), NOON)


def test_canonical_values_have_no_raw_ones_beside_them() -> None:
    lead = normalise("c1", submission(source="website", service_interest="crm"), POLICY)
    assert (lead.source_raw, lead.category_raw) == (None, None)


@pytest.mark.parametrize(
    ("source", "utm_source", "canonical", "raw"),
    [
        (None, None, UNKNOWN_SOURCE, None),
        ("  ", None, UNKNOWN_SOURCE, None),
        ("Unknown", None, UNKNOWN_SOURCE, "Unknown"),
        ("--", None, UNKNOWN_SOURCE, "--"),
        ("TikTok", None, OTHER_SOURCE, "TikTok"),
        (None, "adwords", "google-ads", "adwords"),
        (None, "google-ads", "google-ads", None),
        (None, "newsletter-7", UNKNOWN_SOURCE, None),
        ("website", "adwords", "website", None),
    ],
)
def test_source_is_a_name_of_the_policy_or_says_that_it_is_none(
    source: str | None, utm_source: str | None, canonical: str, raw: str | None
) -> None:
    lead = normalise("c1", submission(source=source, utm=Utm(source=utm_source)), POLICY)
    assert (lead.source, lead.source_raw) == (canonical, raw)


def test_unknown_interest_is_kept_raw_and_maps_to_no_category() -> None:
    lead = normalise("c1", submission(service_interest="Gardening"), POLICY)
    assert (lead.category, lead.category_raw) == (None, "Gardening")


def test_national_number_is_read_in_the_policys_region_where_no_country_came() -> None:
    german = small_assessment_policy(default_region="DE")
    lead = submission(contact={"phone": "030 901820"})
    assert normalise("c1", lead, german).phone == "+4930901820"
    assert normalise("c1", lead, POLICY).phone is None


@pytest.mark.parametrize(
    ("email", "website", "domain"),
    [
        ("ada@analytical.example", "https://other.example", "analytical.example"),
        ("ada@gmail.com", "https://www.Analytical.example/about?x=1", "analytical.example"),
        ("ada@gmail.com", "analytical.example", "analytical.example"),
        ("ada@gmail.com", "http://user:pw@analytical.example:8080", "analytical.example"),
        ("ada@gmail.com", "https://gmail.com", None),
        ("ada@mailinator.com", None, None),
        ("ada@gmail.com", "http://[", None),
        ("ada@gmail.com", "soon!", None),
        (None, "bücher.example", "bücher.example"),
    ],
)
def test_company_domain_is_never_a_providers(
    email: str | None, website: str | None, domain: str | None
) -> None:
    lead = normalise("c1", submission(contact={"email": email, "website": website}), POLICY)
    assert lead.company_domain == domain
    assert lead.free_mail is (email == "ada@gmail.com")


def test_website_without_a_name_has_no_domain() -> None:
    assert website_domain(None) is None
    assert website_domain("https://") is None
    assert website_domain("127.0.0.1") is None


def test_utm_stands_in_for_campaign_and_channel() -> None:
    utm = Utm(medium="cpc", campaign="spring")
    lead = normalise("c1", submission(utm=utm), POLICY)
    assert (lead.channel, lead.campaign) == ("cpc", "spring")
    lead = normalise("c1", submission(utm=utm, channel="search", campaign="autumn"), POLICY)
    assert (lead.channel, lead.campaign) == ("search", "autumn")


@given(SUBMISSIONS)
def test_normalising_twice_changes_nothing(raw: LeadSubmission) -> None:
    once = normalise("c1", raw, POLICY)
    twice = normalise("c1", renormalisable(once), POLICY)
    kept_raw = {"source_raw", "category_raw"}
    assert twice.model_dump(exclude=kept_raw) == once.model_dump(exclude=kept_raw)
