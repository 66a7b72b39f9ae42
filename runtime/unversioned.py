"""Running workflows in a worker that has no version; the sandbox loads it, so it imports nothing of ours."""

import dataclasses

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails


class UnversionedRunner(UnsandboxedWorkflowRunner):
    """Runs workflows inside the sandbox without saying whether their runs move to another build.

    The server refuses every task of a worker that says so and is not versioned.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Makes a run's instance."""
        silent = dataclasses.replace(det.defn, versioning_behavior=None)
        return super().create_instance(dataclasses.replace(det, defn=silent))
