"""The base of every settings model, and secrets that come from files."""

from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

FROM_FILE = "_file"
"""A secret `token` may be given as `token_file`, the path of a file that holds it."""


class Area(BaseModel):
    """Settings that belong together. A misspelt name is refused, and no error repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Connection(Area):
    """How a system of others is reached. A secret `name` may be given as `name_file`, the path of a file."""

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = dict(cast(dict[str, Any], given))
        for name in cls.secrets():
            path = known.pop(f"{name}{FROM_FILE}", None)
            if path is None:
                continue
            if known.get(name) is not None:
                raise ValueError(f"{name} is given twice: as a value and as a file")
            try:
                known[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file of {name} cannot be read: {type(error).__name__}") from None
        return known

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The names of the fields that hold secrets."""
        return tuple(
            name
            for name, field in cls.model_fields.items()
            if SecretStr in (field.annotation, *get_args(field.annotation))
        )
