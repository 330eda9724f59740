"""One function in a process of its own, under Lambda's runtime client but without its loop.

Asked with a line of JSON for so many requests, it answers with the CPU seconds each took: in the
handler alone, and with the runtime client reading the event and writing the answer around it.
``{"calls": true}`` asks for the calls its AWS clients made so far.
"""

import importlib
import json
import os
import sys
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:function",
    aws_request_id="invocation",
)


class Worker:
    """The function, imported as Lambda does."""

    def __init__(self) -> None:
        self._function = importlib.import_module("handler")
        self._marshaller = LambdaMarshaller()
        self._calls: Counter[str] = Counter()
        if "COUNT_CALLS" in os.environ:
            for client in self._function.clients:
                client.meta.events.register("response-received", self._count)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what a line asks for."""
        if "calls" in asked:
            return dict(self._calls)
        event, requests = asked["event"], asked["requests"]
        self._run(event, 1)  # untimed: it finds the caches full of what ran before
        handler_seconds, answer = self._handle([json.loads(event) for _ in range(requests)])
        return {
            "handler": handler_seconds / requests,
            "runtime": self._run(event, requests) / requests,
            "status": answer["statusCode"],
            "etag": answer["headers"].get("etag"),
            "characters": len(answer["body"]),
        }

    def _handle(self, events: list[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
        handle, answer = self._function.lambda_handler, {}
        started = time.process_time()
        for event in events:
            answer = handle(event, CONTEXT)
        return time.process_time() - started, answer

    def _run(self, event: str, requests: int) -> float:
        handle, marshaller = self._function.lambda_handler, self._marshaller
        started = time.process_time()
        for _ in range(requests):
            read = marshaller.unmarshal_request(event)
            marshaller.marshal_response(handle(read, CONTEXT))
        return time.process_time() - started

    def _count(self, event_name: str, response_dict: dict[str, Any] | None, **__: object) -> None:
        """Count an attempt by what it asked for, and what it got."""
        _, service, operation = event_name.split(".")
        status = response_dict["status_code"] if response_dict else "no reply"
        self._calls[f"{service}.{operation} {status}"] += 1


def main() -> None:
    """Answer until nothing more is asked; whatever is logged goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    worker = Worker()
    for line in sys.stdin:
        answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
