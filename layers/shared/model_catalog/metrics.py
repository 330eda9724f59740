"""What the functions count, for dashboards and alarms."""

import os

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


def count(metric: str) -> None:
    """Emit one occurrence of ``metric``: for the stack, and for the version that runs.

    The second lets a canary be judged by what the new version does, not by what the old one did.
    """
    metrics = EphemeralMetrics()
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
    metrics.add_dimensions(
        service=os.environ["POWERTOOLS_SERVICE_NAME"],
        executed_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
    )
    metrics.flush_metrics()
