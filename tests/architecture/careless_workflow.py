"""A workflow that reads no clock but imports carelessly; it shows that the sandbox test can fail."""

import fractions

import yaml
from temporalio import workflow

ONE = fractions.Fraction(1)
LOADER = yaml.SafeLoader


@workflow.defn
class CarelessWorkflow:
    """Imports a parser without passing it through, so each run would load it anew."""

    @workflow.run
    async def run(self) -> None:
        """End at once."""
