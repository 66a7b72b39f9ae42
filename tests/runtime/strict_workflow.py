"""A workflow whose own code meets data that does not fit."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel


class StrictInput(BaseModel):
    count: int


@workflow.defn
class StrictWorkflow:
    @workflow.run
    async def run(self, request: StrictInput) -> int:
        return request.count
