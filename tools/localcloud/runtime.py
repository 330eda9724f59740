"""A function as Lambda runs it: one call at a time, and only JSON goes in or comes out."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

from localcloud.environment import REGION
from localcloud.events import ACCOUNT_ID, Event

type Handler = Callable[[Event, Any], object]

_LARGEST_ANSWER = 6_291_556  # bytes of JSON: Lambda's 6 MB


class FunctionError(Exception):
    """The function raised, or returned what Lambda would not pass on."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What Lambda tells a function about one call."""

    function_name: str
    memory_limit_in_mb: int
    timeout_seconds: float
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """Return the name under which the function was called."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still take."""
        left = self.started + self.timeout_seconds - time.monotonic()
        return max(0, int(left * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """One function, with the little its environment must know to call it."""

    handler: Handler
    name: str
    memory_mb: int
    timeout_seconds: float
    _lock: Lock = field(default_factory=Lock)

    def invoke(self, event: Event) -> object:
        """Call the handler once no other call is under way.

        Raises:
            FunctionError: it raised, or its answer is no JSON or too large.
        """
        context = LambdaContext(self.name, self.memory_mb, self.timeout_seconds)
        with self._lock:
            try:
                answer = self.handler(json.loads(json.dumps(event)), context)
                payload = json.dumps(answer, ensure_ascii=False)
            except Exception as error:  # whatever it is, Lambda lives on
                raise FunctionError("The function raised, or returned no JSON.") from error
        if len(payload.encode(errors="replace")) > _LARGEST_ANSWER:
            raise FunctionError(f"The answer is larger than {_LARGEST_ANSWER} bytes.")
        return json.loads(payload)
