"""The short memory of refusals; it only ever refuses."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from model_catalog.api_keys import Refusal


class RefusalMemory:
    """What was refused a moment ago, so that a storm of refusals costs few writes.

    What is remembered belongs to the digest of the presented secret: knowing a key's id is of no
    use against its owner.
    """

    def __init__(self, monotonic: Callable[[], float], *, at_most: int) -> None:
        self._monotonic = monotonic
        self._at_most = at_most
        self._refusals: OrderedDict[tuple[str, str], tuple[float, Refusal]] = OrderedDict()

    def remember(self, secret_hash: str, scope: str, refusal: Refusal, span: timedelta) -> None:
        """Refuse ``secret_hash`` for ``span`` where ``scope`` is asked for; "" is everywhere."""
        until = self._monotonic() + span.total_seconds()
        self._refusals[secret_hash, scope] = (until, refusal)
        self._refusals.move_to_end((secret_hash, scope))
        if len(self._refusals) > self._at_most:
            self._refusals.popitem(last=False)

    def recall(self, secret_hash: str, scope: str, now: datetime) -> Refusal | None:
        """Return why ``secret_hash`` is still refused, if it is."""
        until, refusal = self._refusals.get((secret_hash, scope), (0.0, None))
        if refusal is None or self._monotonic() >= until:
            return None
        spent = refusal.spent
        return None if spent and spent.reset != spent.window.reset(now) else refusal
