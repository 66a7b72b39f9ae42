"""Layouts of mails: what they may name, and that they can do nothing else."""

import pytest

from connectors.email.templates import layout_findings, problems_with, rendered
from contracts.failures import FailureCode, ServiceFailure
from tests.connectors.channels.parcels import parcel


def test_html_is_escaped_and_text_is_not() -> None:
    given = parcel(body="<script>alert(1)</script>")
    assert rendered("{{ body }}", given, html=True) == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert rendered("{{ body }}", given, html=False) == given.body


def test_what_a_lead_wrote_is_never_a_template() -> None:
    assert rendered("{{ body }}", parcel(body="{{ 7 * 7 }}"), html=False) == "{{ 7 * 7 }}"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("a\n{{ nobody }}", 2, "unknown variable nobody"),
        ("{% if due_at %}\n{% endfor %}", 2, "endfor"),
        ("{{ body | no_such_filter }}", 1, "no_such_filter"),
        ("{% include 'other' %}", 1, "stands alone"),
        ("{{ body.nothing }}", 1, "cannot be filled in"),
        ("{{ range(3) }}", 1, "unknown variable range"),
        ("{{ ''.__class__.__mro__ }}", 1, "cannot be filled in"),
        ("{{ 1 / 0 }}", 1, "cannot be filled in"),
    ],
)
def test_what_a_layout_cannot_do_is_found_with_its_line(source: str, line: int, said: str) -> None:
    found = list(problems_with(source, html=True))
    assert any(at == line and said in problem for at, problem in found), found


def test_good_layout_has_no_problem_and_bad_ones_are_named() -> None:
    good = "{% for one in paragraphs %}{{ one }}{% endfor %}{% if due_at %}{{ due_at }}{% endif %}"
    assert list(problems_with(good, html=True)) == []
    found = list(layout_findings({"staff.html.j2": good, "staff.txt.j2": "{{ nobody }}"}))
    assert [(name, line) for name, line, _ in found] == [("staff.txt.j2", 1)]


def test_failure_of_a_layout_holds_nothing_of_the_message() -> None:
    with pytest.raises(ServiceFailure) as caught:
        rendered("{{ body.nothing }}", parcel(body="Ann Lee"), html=True)
    assert caught.value.code is FailureCode.REJECTED
    assert "Ann" not in str(caught.value)
