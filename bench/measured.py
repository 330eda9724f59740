"""All that one run measured, and the document it is kept as."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.cold import BARE, OURS, Start, ratio, spread
from bench.figures import Spread
from bench.growth import Blocks, growth_ratio, seconds
from bench.memory import Memory
from bench.settings_table import Setting, settings
from bench.warm import Warm

_FACTS = ("init", "started", "own", "listed", "peak")
_WAYS = ("handler", "runtime")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    machine: Mapping[str, object]
    load_before: float
    sizes: Mapping[str, int]
    fresh_calls: Counter[str]
    stale_calls: Counter[str]
    cold: Mapping[str, list[Start]]
    warm: Mapping[str, Warm]
    growth: Blocks
    memory: Memory
    load_after: float

    @property
    def settings(self) -> list[Setting]:
        """Return what memory settings come to, by the unrestricted key's requests."""
        cold = spread(self.cold, "listed", OURS).median
        warm = self.warm["unrestricted"].spread("ours", "runtime").median
        return list(settings(cold, warm))

    @property
    def document(self) -> dict[str, Any]:
        """Return all of it as JSON has it: medians with their ranges, and seconds throughout."""
        return {
            "machine": {**self.machine, "load": [self.load_before, self.load_after]},
            "cold": {
                name: {
                    **{what: asdict(spread(self.cold, what, name)) for what in _FACTS},
                    "ratio": asdict(ratio(self.cold, "own", name, BARE)),
                }
                for name in self.cold
            },
            "warm": {
                caller: {
                    what: {
                        "ours": asdict(warm.spread("ours", what)),
                        "floor": asdict(warm.spread("floor", what)),
                        "ratio": asdict(warm.ratio(what)),
                    }
                    for what in _WAYS
                }
                for caller, warm in self.warm.items()
            },
            "growth": [
                {
                    **asdict(cell),
                    "characters": blocks[-1].characters,
                    **{
                        what: {
                            "seconds": asdict(Spread.of(seconds(self.growth, cell, what))),
                            "ratio": asdict(growth_ratio(self.growth, cell, what)),
                        }
                        for what in _WAYS
                    },
                }
                for cell, blocks in self.growth.items()
            ],
            "memory": asdict(self.memory),
            "sizes": dict(self.sizes),
            "calls": {"fresh": self.fresh_calls, "stale": self.stale_calls},
            "settings": [asdict(setting) for setting in self.settings],
        }
