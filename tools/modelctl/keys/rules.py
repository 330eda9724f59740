"""What a key may do, from the words of the command line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import (
    IPv4Interface,
    IPv4Network,
    IPv6Interface,
    IPv6Network,
    ip_interface,
    ip_network,
)

from model_catalog.key_records import KeyRecord
from model_catalog.limits import Limits, Window
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.keys.options import ChangeOptions, RuleOptions

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([0-9]{1,6})([smhdw])\Z")
_PATTERN = re.compile(r"[A-Za-z0-9._~:/@+*?\[\]!-]{1,257}\Z")  # an id's characters, and a glob's
_PERMISSION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
_NUMBER = re.compile(r"[0-9]{1,12}\Z")
_LONGEST_TEXT = 256
_LONGEST_SPAN = timedelta(days=36500)
_MAPPED_BITS = 96  # before an IPv4 address written as one of IPv6

type Interface = IPv4Interface | IPv6Interface
type Network = IPv4Network | IPv6Network


def ruled(record: KeyRecord, given: RuleOptions, now: datetime) -> KeyRecord:
    """Return ``record`` with what ``given`` says of it at ``now``.

    Raises:
        WrongUsageError: something given cannot be.
    """
    key = record.key
    key = replace(
        key,
        limits=_limits(key.limits, given.limit or ()),
        expires_at=key.expires_at if given.expires is None else expiry(given.expires, now),
    )
    if given.allow is not None:
        key = replace(key, allowed_models=frozenset(map(pattern, given.allow)))
    if given.permission is not None:
        key = replace(key, permissions=frozenset(map(_permission, given.permission)))
    if given.ip is not None:
        key = replace(key, allowed_ips=frozenset(map(network, given.ip)))
    return replace(
        record,
        key=key,
        owner=record.owner if given.owner is None else one_line(given.owner, "An owner"),
        tags=_tags(record.tags, given.tag or ()),
    )


def changed(record: KeyRecord, given: ChangeOptions, now: datetime) -> KeyRecord:
    """Return ``record`` with what ``given`` changes about it at ``now``.

    Raises:
        RefusedError: its allow-list would be emptied, and so allow everything.
        WrongUsageError: something given cannot be, or contradicts something else.
    """
    if given.allow_all and (given.allow or given.add_allow or given.remove_allow):
        raise WrongUsageError("--allow-all contradicts the other options on its allow-list.")
    if given.ip and given.any_ip:
        raise WrongUsageError("--ip and --any-ip contradict each other.")
    record = ruled(record, given, now)
    key = replace(record.key, allowed_models=_allowed(record.key.allowed_models, given))
    if given.name is not None:
        key = replace(key, name=key_name(given.name))
    if given.any_ip:
        key = replace(key, allowed_ips=frozenset())
    return replace(record, key=key)


def key_name(given: str) -> str:
    """Return what a key is called, without the space around it.

    Raises:
        WrongUsageError: it is empty or does not fit a line.
    """
    name = given.strip()
    if not name:
        raise WrongUsageError("A key's name is empty.")
    return one_line(name, "A key's name")


def pattern(given: str) -> str:
    """Return an allow-list's entry.

    Raises:
        WrongUsageError: it is empty, or no model's name can be like it.
    """
    if not given:
        raise WrongUsageError(
            "A pattern is empty. To allow every model, name none, or --allow '*'."
        )
    if not _PATTERN.match(given):
        raise WrongUsageError(
            f"No model can match {given}: ids are made of A-Z a-z 0-9 . _ ~ : / @ + -,"
            " patterns of these and * ? [ ] !."
        )
    return given


def network(given: str) -> Network:
    """Return addresses a key may be used from; those of IPv4 as such, however they are written.

    Raises:
        WrongUsageError: it is no address and no network, or no request can come from it.
    """
    try:
        typed = ip_interface(given)
    except ValueError as error:
        raise WrongUsageError(
            f"{given} is no network: say it like 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7."
        ) from error
    if trouble := _trouble(typed):
        raise WrongUsageError(f"{given} is no network: {trouble}")
    return _unmapped(typed)


def expiry(given: str, now: datetime) -> datetime | None:
    """Return when a key stops working, None if never.

    Raises:
        WrongUsageError: it is no time, or a past one.
    """
    if given == "never":
        return None
    moment = moment_of(given, now, sign=1)
    if moment <= now:
        raise WrongUsageError(f"{given} is past. To stop a key at once: modelctl keys disable")
    return moment


def moment_of(given: str, now: datetime, *, sign: int) -> datetime:
    """Return a moment said as a date, a time, or a span after (``sign`` 1) or before (-1) now.

    Raises:
        WrongUsageError: it is neither.
    """
    try:
        if _SPAN.match(given):
            return now + sign * span(given)
        moment = datetime.fromisoformat(given)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise WrongUsageError(
            f"{given} is no time. Say a span (12h, 30d, 8w), a date (2027-01-01) or a moment"
            " (2027-01-01T18:00+01:00; without a zone it is UTC)."
        ) from error


def span(given: str) -> timedelta:
    """Return a span of time; ``0`` needs no unit.

    Raises:
        WrongUsageError: it is none.
    """
    match = _SPAN.match(f"{given}s" if given == "0" else given)
    if not match:
        raise WrongUsageError(f"{given} is no span of time. Say it like 90s, 30m, 24h, 7d or 2w.")
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if length > _LONGEST_SPAN:
        raise WrongUsageError(f"{given} is longer than {_LONGEST_SPAN.days} days.")
    return length


def tag(given: str) -> tuple[str, str]:
    """Return a tag's name and text.

    Raises:
        WrongUsageError: it has no name, or does not fit a line.
    """
    label, equals, value = given.partition("=")
    if not label or not equals:
        raise WrongUsageError(f"{given} is no tag. Say it like team=search.")
    return one_line(label, "A tag's name"), one_line(value, "A tag")


def one_line(given: str, what: str) -> str:
    """Return a text that fits a line.

    Raises:
        WrongUsageError: it is too long, or has characters nobody sees.
    """
    if len(given) > _LONGEST_TEXT or not given.isprintable():
        raise WrongUsageError(
            f"{what} has at most {_LONGEST_TEXT} characters, and none that do not print."
        )
    return given


def _allowed(allowed: frozenset[str], given: ChangeOptions) -> frozenset[str]:
    if given.allow_all:
        return frozenset()
    added = frozenset(map(pattern, given.add_allow or ()))
    removed = frozenset(given.remove_allow or ())
    if added and not allowed and not given.allow:
        raise RefusedError(
            "It may use every model now, so there is nothing to add to. To restrict it: --allow"
        )
    if missing := removed - allowed:
        raise RefusedError(f"Not on its allow-list: {', '.join(sorted(missing))}.")
    left = (allowed | added) - removed
    if allowed and not left:
        raise RefusedError(
            "Its allow-list would be empty, and so allow every model. If that is meant, say"
            " --allow-all; to let it use none: modelctl keys disable"
        )
    return left


def _limits(limits: Limits, given: Iterable[str]) -> Limits:
    left = {**limits}
    for each in given:
        window, equals, number = each.partition("=")
        if not equals or window not in [*Window]:
            raise WrongUsageError(
                f"{each} is no limit. Say it like minute=60; windows are {', '.join(Window)}."
            )
        if number == "none":
            left.pop(Window(window), None)
        else:
            left[Window(window)] = _limit(each, number)
    return left


def _limit(given: str, number: str) -> int:
    if not (_NUMBER.match(number) and int(number)):
        raise WrongUsageError(
            f"{given} is no limit: it has to be a whole number from 1, or none to lift it."
            " To let a key make no request at all: modelctl keys disable"
        )
    return int(number)


def _tags(tags: Mapping[str, str], given: Iterable[str]) -> Mapping[str, str]:
    merged = {**tags, **dict(map(tag, given))}
    return {label: value for label, value in merged.items() if value}


def _permission(given: str) -> str:
    if not _PERMISSION.match(given):
        raise WrongUsageError(f"{given} is no permission. They read like models.read.")
    return given


def _trouble(typed: Interface) -> str | None:
    """Say why a network cannot be meant as it is typed."""
    if isinstance(typed, IPv6Interface):
        if zone := typed.scope_id:
            return f"it names an interface of one machine. Say it without %{zone}."
        if typed.ip.ipv4_mapped and typed.network.prefixlen < _MAPPED_BITS:
            return "it is more than all of IPv4, which is 0.0.0.0/0. All of IPv6 is ::/0."
    if typed.ip != typed.network.network_address:
        return f"the address has bits beyond it. Did you mean {_unmapped(typed)}?"
    return None


def _unmapped(typed: Interface) -> Network:
    """Return a network as requests from it are seen: never as IPv4 written as IPv6."""
    if isinstance(typed, IPv6Interface) and (first := typed.network.network_address.ipv4_mapped):
        return ip_network(f"{first}/{typed.network.prefixlen - _MAPPED_BITS}")
    return typed.network
