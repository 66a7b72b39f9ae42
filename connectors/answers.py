"""Answers as models: what a system must say, and nothing of what it says besides."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.http import Answer


class Said(BaseModel):
    """What is read of an answer. Fields that nobody reads are left out of the model."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


S = TypeVar("S", bound=Said)


def read(answer: Answer, model: type[S]) -> S:
    """An answer as the model has it.

    Raises:
        ServiceFailure: MALFORMED, with the names of the fields that are not as they should be.
    """
    return read_part(answer, answer.object(), model)


def read_part(answer: Answer, part: object, model: type[S]) -> S:
    """A part of an answer as the model has it.

    Raises:
        ServiceFailure: as `read` does.
    """
    try:
        return model.model_validate(part)
    except ValidationError as error:
        names = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        raise answer.malformed(f"is not as it should be in: {', '.join(names) or 'its form'}") from None
