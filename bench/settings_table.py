"""What a memory setting does to time and money: arithmetic on measured CPU seconds.

Lambda gives CPU in proportion to memory, one vCPU at 1,769 MB (Lambda Developer Guide, "Configure
Lambda function memory"). One thread cannot use more than one. That a vCPU of Lambda is as fast as
the machine that was measured, and how long DynamoDB is waited for, are assumptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

SETTINGS = (256, 512, 1024, 1769)
WAIT_SECONDS = 0.008
_MEGABYTES_PER_VCPU = 1769
_PER_GB_SECOND = 1.33334e-5  # US dollars, arm64, us-east-1; docs/scale.md says where that is from


@dataclass(frozen=True, slots=True)
class Setting:
    """What one memory setting comes to.

    Attributes:
        megabytes: the setting.
        cold: seconds from the start to the first list, without SnapStart.
        warm: seconds of a warm request, the wait for DynamoDB included.
        gb_seconds: billed for a warm request, in whole milliseconds.
        dollars: what a million of them cost.
    """

    megabytes: int
    cold: float
    warm: float
    gb_seconds: float
    dollars: float


def settings(cold_cpu: float, warm_cpu: float) -> Iterator[Setting]:
    """Iterate over the settings, given the CPU seconds of a cold start and a warm request."""
    for megabytes in SETTINGS:
        share = min(1, megabytes / _MEGABYTES_PER_VCPU)
        warm = warm_cpu / share + WAIT_SECONDS
        gb_seconds = ceil(warm * 1000) / 1000 * megabytes / 1024
        yield Setting(
            megabytes, cold_cpu / share, warm, gb_seconds, gb_seconds * _PER_GB_SECOND * 1e6
        )
