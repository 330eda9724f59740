"""What a check found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended, from good to bad."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a word or two.
        verdict: how it stands.
        message: what was seen.
        advice: what to do; "" if nothing is to be done.
    """

    subject: str
    verdict: Verdict
    message: str
    advice: str = ""


def ok(subject: str, message: str) -> Finding:
    """Return that all is well."""
    return Finding(subject, Verdict.OK, message)


def skipped(subject: str, message: str, advice: str) -> Finding:
    """Return that nobody looked."""
    return Finding(subject, Verdict.SKIPPED, message, advice)


def warning(subject: str, message: str, advice: str) -> Finding:
    """Return what works, and should not stay as it is."""
    return Finding(subject, Verdict.WARNING, message, advice)


def failed(subject: str, message: str, advice: str) -> Finding:
    """Return what does not work."""
    return Finding(subject, Verdict.FAILED, message, advice)
