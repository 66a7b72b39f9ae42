"""Connections of systems of others: secrets as values or from files, and never in an error."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from contracts.settings import Connection

SECRET = "s3cret-of-the-system"


class Acme(Connection):
    token: SecretStr
    spare: SecretStr | None = None
    region: str = "eu"


def test_secret_is_a_value_or_the_content_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    from_file = Acme.model_validate({"token_file": str(tmp_path / "token")})
    assert from_file == Acme(token=SecretStr(SECRET))
    assert Acme.secrets() == ("token", "spare")
    assert SECRET not in repr(from_file)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"token": SECRET, "token_file": "/x"}, "token is given twice"),
        ({"token_file": "/nowhere/token"}, "the file of token cannot be read: FileNotFoundError"),
        ({"token": SECRET, "tokn": SECRET}, "Extra inputs are not permitted"),
        ({"token": SECRET, "region_file": "/x"}, "Extra inputs are not permitted"),
        ({"spare": SECRET}, "Field required"),
    ],
)
def test_what_is_wrong_is_said_without_the_value(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Acme.model_validate(given)
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)
