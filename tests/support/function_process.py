"""``python -m support.function_process``: one instance of the function, as Lambda runs it.

One event at a time comes in as a line of JSON, with the time it happens at, and one answer goes
out. Its DynamoDB client waits for every reply: one that is given up may have been counted.
"""

import json
import os
import sys
from datetime import UTC, datetime

import boto3
from botocore.config import Config

from api import handler
from model_catalog import key_store
from model_catalog.settings import Settings
from support.lambda_context import CONTEXT


def main() -> None:
    """Answer until nothing more comes in; whatever is logged goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    now = datetime.fromtimestamp(0, UTC)

    def clock() -> datetime:
        return now

    patient = Config(read_timeout=60, retries={"total_max_attempts": 1})
    vars(key_store)["_ANSWERED_WITHIN"] = 60
    vars(handler)["dynamodb_client"] = lambda: boto3.client("dynamodb", config=patient)
    handler.gate, handler.snapshots, handler.renderer, handler.clients = handler.wire(
        Settings.from_env(os.environ), clock, lambda: clock().timestamp()
    )
    for line in sys.stdin:
        told = json.loads(line)
        now = datetime.fromisoformat(told["now"])
        answer = handler.lambda_handler(told["event"], CONTEXT)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
