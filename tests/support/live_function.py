"""``python -m support.live_function api``: one instance of a function, its AWS clients as deployed.

One line of JSON comes in at a time, and one goes out. The clocks are told with each event, and go
on from there as the real ones do, so that time-outs take their time.
"""

import importlib
import io
import json
import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.lambda_context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable


class Clocks:
    """Both clocks of the function, as they were told."""

    def __init__(self) -> None:
        self.tell(datetime.fromtimestamp(0, UTC), 0)

    def tell(self, now: datetime, monotonic: float) -> None:
        """Set both; time passes from here on."""
        self._now, self._monotonic, self._told = now, monotonic, time.monotonic()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._told)

    def monotonic(self) -> float:
        return self._monotonic + time.monotonic() - self._told


def limit_memory(megabytes: int | None) -> None:
    """Let the address space grow by so much and no more; None lifts the limit."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = resource.RLIM_INFINITY
    if megabytes is not None:
        most = pages * resource.getpagesize() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def main() -> None:
    """Answer until nothing more comes in; what the function prints goes with its answer."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = printed = io.StringIO()
    handler: Any = importlib.import_module(f"{sys.argv[1]}.handler")
    clocks = Clocks()
    acts: dict[str, Callable[..., object]] = {
        "invoke": lambda event: handler.lambda_handler(event, CONTEXT),
        "limit_memory": limit_memory,
        "wait": lambda: None,
    }

    def start() -> None:
        parts = handler.wire(handler.Settings.from_env(os.environ), clocks.now, clocks.monotonic)
        handler.gate, handler.snapshots, handler.renderer, handler.clients = parts

    if sys.argv[1] == "api":
        start()
        acts |= {
            "start": start,
            "forget": lambda: handler.snapshots.clear(),  # noqa: PLW0108 - of the latest start
            "freeze": handler.before_snapshot,
            "restore": handler.after_restore,
        }
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        clocks.tell(datetime.fromisoformat(told["now"]), told["monotonic"])
        reply: dict[str, object] = {}
        try:
            reply["answer"] = acts[told["act"]](*told["arguments"])
        except Exception as error:  # noqa: BLE001 - Lambda would tell the caller, and live on
            reply["raised"] = type(error).__name__
        answers.write(json.dumps({**reply, "printed": printed.getvalue()}) + "\n")
        answers.flush()
        printed.seek(0)
        printed.truncate()


if __name__ == "__main__":
    main()
