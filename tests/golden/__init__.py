"""What must not change by accident: names and shapes on the wire, and the commands of each workflow."""
