"""The rows of a policy that ask for a person."""

from contracts.base import Slug
from contracts.policy_terms import Condition, PolicyModel
from contracts.routing import ReviewNeed


class ReviewRule(PolicyModel):
    """Asks for a person on top of whatever routing rule matched; first match wins."""

    id: Slug
    when: Condition
    review: ReviewNeed
