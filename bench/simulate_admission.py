"""What becomes of requests at 10, 1,000 and 100,000 a second, by the limits AWS publishes.

A model, not a measurement: nothing here has met AWS. Time goes in steps of a second, from the
start of a minute. What it assumes:

- Keys are asked for by Zipf's law: the nth most popular 1/n as often as the first. Callers neither
  retry nor wait for answers, so a refusal does not lower the load. Limits are per minute.
- The gateway is a bucket of tokens. What it throttles costs nothing.
- Lambda starts 1,000 environments at once and 100 more a second, up to the account's concurrency,
  and stops none. An account takes ten requests a second per environment it may have, however short
  they are. A request goes to any environment there is, and takes as long without a write as with.
- Each function remembers for five seconds, and never past the minute, that a key is over its limit.
  Keys nobody issued never come twice, so that remembering them is of no use.
- A table is as many partitions of 1,000 write units a second as its capacity holds, and keys fall
  on them at random. A new table has four; one that has seen more carries twice its earlier peak.
  Neither grows within minutes. Burst capacity, which is not promised, and the SDK's second attempt,
  which meets the same full partition, are left out. A refused write costs what an admitted one
  does; a throttled one costs nothing.
- Throttling is answered in milliseconds: nobody's five seconds run out.
"""

import argparse
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from itertools import accumulate
from pathlib import Path

SECONDS = 120  # simulated
MINUTE, REMEMBERED = 60, 5  # the latter is admission's, for keys over their limit
PARTITION_UNITS, NEW_TABLE_UNITS = 1_000, 4_000
SCALING_AT_ONCE, SCALING_PER_SECOND, REQUESTS_PER_ENVIRONMENT = 1_000, 100, 10

# US dollars in us-east-1; docs/scale.md says where each comes from. A function has 1 GB.
PER_GATEWAY_REQUEST, PER_INVOCATION, PER_GB_SECOND = 1.00e-6, 0.20e-6, 13.3334e-6
PER_WRITE_UNIT, PER_LOGGED_KB, PER_SENT_KB = 0.625e-6, 0.50e-6, 0.09e-6
LOGGED_KB, REFUSAL_LOGGED_KB = 0.8, 0.5  # Lambda's and the gateway's lines; ours per refusal

ENDS = ("admitted", "429 from memory", "refused", "503 DynamoDB", "5xx Lambda", "429 gateway")


@dataclass(frozen=True)
class Scenario:
    """Who asks how often, and what there is to answer; the quotas are AWS's defaults."""

    name: str
    rate: int
    keys: int = 1_000
    unknown: int = 0  # of the rate, those with keys nobody issued
    limit: int | None = 600
    item_units: int = 1  # 2 if a key's item is over 1 KB
    milliseconds: int = 14
    answer_kb: float = 7  # the sample registry's 72 models, gzipped; 85 as they are
    earlier_peak: int = 0  # write units a second the table saw more than half an hour ago
    warm: bool = False  # whether the functions are there already
    gateway_rate: int = 10_000  # the stack's own, RequestsPerSecond, is 1,000 by default
    gateway_burst: int = 5_000
    concurrency: int = 1_000
    table_units: int = 40_000


LARGE = Scenario("100,000/s", 100_000, keys=10_000)
RAISED = replace(
    LARGE,
    name="100,000/s, quotas raised",
    gateway_rate=120_000,
    gateway_burst=60_000,
    concurrency=12_000,
    table_units=200_000,
)
ONE = Scenario("1,000/s, one key, no limit", 1_000, keys=1, limit=None)
ATTACK = Scenario("500/s and 9,500/s unknown", 10_000, unknown=9_500)
SCENARIOS = (
    Scenario("10/s", 10),
    Scenario("1,000/s", 1_000),
    ONE,
    replace(ONE, name="1,000/s, one key, item over 1 KB", item_units=2),
    replace(ONE, name="3,000/s, one key, no limit", rate=3_000),
    replace(ONE, name="3,000/s, one key, 600 a minute", rate=3_000, limit=600),
    LARGE,
    RAISED,
    replace(RAISED, name="100,000/s, grown and warm", earlier_peak=100_000, warm=True),
    ATTACK,
    replace(ATTACK, name="the same, as deployed", gateway_rate=1_000, gateway_burst=500),
)


@dataclass
class Outcome:
    """What became of the requests: each met one of ``ENDS``, in the order of the first fields."""

    admitted: int = 0
    remembered: int = 0
    refused: int = 0  # for a write
    no_capacity: int = 0
    no_function: int = 0
    no_token: int = 0
    units: int = 0  # written
    functions: int = 0  # that ran at once
    hottest: int = 0  # write units of the busiest item in its busiest second

    def __add__(self, other: "Outcome") -> "Outcome":
        """Add; of functions and the hottest item, keep the most."""
        *sums, functions, hottest = zip(astuple(self), astuple(other), strict=True)
        return Outcome(*[*map(sum, sums), max(functions), max(hottest)])

    @property
    def ends(self) -> tuple[int, ...]:
        """Return how many requests met each of ``ENDS``."""
        return astuple(self)[: len(ENDS)]

    @property
    def ran(self) -> int:
        """Return how many requests a function saw."""
        return sum(self.ends[:4])


@dataclass(eq=False)
class Key:
    """How a key stands."""

    partition: int
    minute: int = 0
    used: int = 0
    learned: dict[int, int] = field(default_factory=dict)  # by how many functions, per second

    def advance(self, second: int) -> None:
        """Forget what no longer holds at ``second``."""
        if self.minute != second // MINUTE:
            self.minute, self.used, self.learned = second // MINUTE, 0, {}
        self.learned = {at: n for at, n in self.learned.items() if at > second - REMEMBERED}


class Simulation:
    """A stack under load, second by second."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        self._scenario = scenario
        self._random = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        capacity = min(scenario.table_units, max(NEW_TABLE_UNITS, 2 * scenario.earlier_peak))
        self._partitions = range(capacity // PARTITION_UNITS)
        self._keys = [Key(self._random.choice(self._partitions)) for _ in range(scenario.keys)]
        self._weights = list(accumulate(1 / n for n in range(1, scenario.keys + 1)))
        self._tokens = scenario.gateway_burst
        self._functions = 1
        self._second = 0

    def step(self) -> Outcome:
        """Live through one second."""
        scenario = self._scenario
        passed = min(scenario.rate, self._tokens + scenario.gateway_rate)
        ran = min(passed, self._taken_by_lambda())
        functions = math.ceil(ran * scenario.milliseconds / 1_000)
        self._tokens = min(scenario.gateway_burst, self._tokens + scenario.gateway_rate - passed)
        self._functions = max(self._functions, functions)
        unknown = self._random.binomialvariate(ran, scenario.unknown / scenario.rate)
        asked = self._random.choices(self._keys, cum_weights=self._weights, k=ran - unknown)
        second = self._write(self._wanted(Counter(asked)), unknown)
        self._second += 1
        return replace(
            second,
            remembered=ran - sum(second.ends),
            no_function=passed - ran,
            no_token=scenario.rate - passed,
            functions=functions,
        )

    def _taken_by_lambda(self) -> int:
        allowed = self._scenario.concurrency
        if not self._scenario.warm:
            allowed = min(allowed, SCALING_AT_ONCE + SCALING_PER_SECOND * self._second)
        return allowed * min(REQUESTS_PER_ENVIRONMENT, 1_000 // self._scenario.milliseconds)

    def _wanted(self, asked: Counter[Key]) -> dict[Key, int]:
        """Return the writes each key needs; the rest of its requests are refused from memory."""
        wanted = {}
        for key, requests in asked.items():
            key.advance(self._second)
            within = min(requests, self._left(key))
            wanted[key] = within + self._learning(requests - within, sum(key.learned.values()))
        return wanted

    def _left(self, key: Key) -> int:
        limit = self._scenario.limit
        return self._scenario.rate if limit is None else limit - key.used

    def _learning(self, requests: int, knowing: int) -> int:
        """Return how many of the functions that get these requests have yet to learn of it."""
        ignorant = max(0, self._functions - knowing)
        expected = ignorant * (1 - (1 - 1 / self._functions) ** requests)
        return min(requests, int(expected + self._random.random()))

    def _write(self, wanted: dict[Key, int], unknown: int) -> Outcome:
        """Share each partition's units among those who want to write to it."""
        writers = defaultdict[int, list[tuple[Key | None, int]]](list)
        for key, writes in wanted.items():
            writers[key.partition].append((key, writes))
        for number in self._partitions:  # unknown keys, too, fall on all of them alike
            share, rest = divmod(unknown, len(self._partitions))
            writers[number].append((None, share + (number < rest)))
        second = Outcome()
        for partition in writers.values():
            free = PARTITION_UNITS // self._scenario.item_units
            needed = sum(writes for _, writes in partition)
            for writer, writes in partition:
                done = writes
                if needed > free:
                    done = min(free, writes, int(writes * free / needed + self._random.random()))
                free, needed = free - done, needed - writes
                second.no_capacity += writes - done
                self._settle(writer, done, second)
        return second

    def _settle(self, writer: Key | None, done: int, second: Outcome) -> None:
        """Count what came of the writes of one key, or, for None, of all unknown ones."""
        units = done * self._scenario.item_units
        admitted = min(done, self._left(writer)) if writer else 0
        second.units += units
        second.admitted += admitted
        second.refused += done - admitted
        if writer:
            writer.used += admitted
            writer.learned[self._second] = done - admitted
            second.hottest = max(second.hottest, units)


def simulate(scenario: Scenario, seconds: int = SECONDS) -> Outcome:
    """Return what becomes of the requests of so many seconds."""
    simulation = Simulation(scenario)
    return sum((simulation.step() for _ in range(seconds)), Outcome())


def dollars(scenario: Scenario, outcome: Outcome) -> float:
    """Return the price; the registry's reads from S3, cents a day, are left out."""
    refused = outcome.ran - outcome.admitted
    return (
        (outcome.ran + outcome.no_function) * PER_GATEWAY_REQUEST
        + outcome.ran * (PER_INVOCATION + scenario.milliseconds / 1_000 * PER_GB_SECOND)
        + outcome.units * PER_WRITE_UNIT
        + (outcome.ran * LOGGED_KB + refused * REFUSAL_LOGGED_KB) * PER_LOGGED_KB
        + (outcome.admitted * scenario.answer_kb + refused) * PER_SENT_KB
    )


def table(outcomes: Mapping[Scenario, Outcome]) -> str:
    """Return the outcomes in Markdown: what a second brought on average, and the peaks."""
    heads = ("offered", *ENDS, "write units", "hottest item", "functions", "$ an hour")
    lines = [heads, ("---", *["--:"] * (len(heads) - 1))]
    for scenario, outcome in outcomes.items():
        averages = [amount / SECONDS for amount in (*outcome.ends, outcome.units)]
        hourly = dollars(scenario, outcome) * 3_600 / SECONDS
        amounts = (*map(round, averages), outcome.hottest, outcome.functions)
        lines.append((scenario.name, *(f"{n:,}" for n in amounts), f"{hourly:,.2f}"))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def draw(outcomes: Mapping[Scenario, Outcome], path: Path) -> None:
    """Draw what share of the requests met which end."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - not needed for the table

    colors = ("#2e7d32", "#fbc02d", "#ef6c00", "#c62828", "#6a1b9a", "#78909c")
    figure, axes = plt.subplots(figsize=(9, 4.2), layout="constrained", facecolor="white")
    names, left = [scenario.name for scenario in outcomes], [0.0] * len(outcomes)
    for number, (end, color) in enumerate(zip(ENDS, colors, strict=True)):
        widths = [100 * it.ends[number] / sum(it.ends) for it in outcomes.values()]
        axes.barh(names, widths, left=left, color=color, label=end)
        left = [at + width for at, width in zip(left, widths, strict=True)]
    axes.set(xlim=(0, 100), xlabel="% of the requests offered in two minutes")
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(ENDS), frameon=False, fontsize=9)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    """Print the table; draw it too, if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chart", type=Path, metavar="PNG", help="draw the outcomes, too")
    chart = parser.parse_args().chart
    outcomes = {scenario: simulate(scenario) for scenario in SCENARIOS}
    print(table(outcomes))
    if chart:
        draw(outcomes, chart)


if __name__ == "__main__":
    main()
