"""What a key may do, from the words of the command line."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_catalog.api_keys import MODELS_READ, mint
from model_catalog.key_records import KeyRecord
from model_catalog.limits import Window
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.keys.options import ChangeOptions, RuleOptions
from modelctl.keys.rules import (
    changed,
    expiry,
    key_name,
    moment_of,
    network,
    one_line,
    pattern,
    ruled,
    span,
    tag,
)
from support.builders import key_record
from support.clock import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

TOMORROW = NOON + timedelta(days=1)


def record(**changes: Any) -> KeyRecord:
    """Return a stored key; ``changes`` are the key's."""
    return key_record(mint(), **changes)


def after(before: KeyRecord, **given: Any) -> KeyRecord:
    """Return what a change makes of a key."""
    return changed(before, ChangeOptions(**given), NOON)


def test_what_is_not_said_stays() -> None:
    before = replace(
        record(
            limits={Window.DAY: 5},
            expires_at=TOMORROW,
            allowed_models=frozenset({"a"}),
            permissions=frozenset({"x"}),
            allowed_ips=frozenset({ip_network("10.0.0.0/8")}),
        ),
        owner="me",
        tags={"team": "search"},
    )

    assert ruled(before, RuleOptions(), NOON) == before
    assert changed(before, ChangeOptions(), NOON) == before


def test_everything_can_be_said() -> None:
    rules = RuleOptions(
        allow=["openai/*", "@frontier", "openai/*"],
        limit=["minute=60", "month=1000"],
        expires="30d",
        owner="Ada",
        tag=["team=search", "why="],
        permission=["models.read", "usage.read_all"],
        ip=["203.0.113.7", "2001:db8::/32"],
    )

    made = ruled(record(), rules, NOON)

    assert made.key.allowed_models == {"openai/*", "@frontier"}
    assert made.key.limits == {Window.MINUTE: 60, Window.MONTH: 1000}
    assert made.key.expires_at == NOON + timedelta(days=30)
    assert made.key.permissions == {"models.read", "usage.read_all"}
    assert made.key.allowed_ips == {ip_network("203.0.113.7/32"), ip_network("2001:db8::/32")}
    assert (made.owner, made.tags) == ("Ada", {"team": "search"})


def test_limits_and_tags_change_one_by_one_and_lists_as_a_whole() -> None:
    before = replace(
        record(
            limits={Window.MINUTE: 1, Window.DAY: 2}, permissions=frozenset({MODELS_READ, "gone"})
        ),
        tags={"team": "search", "env": "prod"},
        owner="Ada",
    )

    made = after(
        before,
        limit=["minute=none", "hour=7", "week=none"],
        tag=["team=", "env=test", "new=a=b"],
        permission=["new"],
        owner="",
    )

    assert made.key.limits == {Window.DAY: 2, Window.HOUR: 7}
    assert made.tags == {"env": "test", "new": "a=b"}
    assert made.key.permissions == {"new"}
    assert made.owner == ""


@pytest.mark.parametrize(
    "limit",
    [
        "minute=0",
        "minute=00",
        "minute=-1",
        "minute=1.5",
        "minute=1_000",
        "minute=",
        "minute=٣",
        "minute=1000000000000000",
        "minute=None",
    ],
)
def test_a_limit_is_a_whole_number_from_one(limit: str) -> None:
    with pytest.raises(WrongUsageError, match="whole number from 1") as refused:
        after(record(), limit=[limit])

    assert str(refused.value).startswith(f"{limit} is no limit")
    assert str(refused.value).endswith("modelctl keys disable")


@pytest.mark.parametrize("limit", ["minute", "year=1", "=1", "", "Minute=1", "minute60"])
def test_a_limit_is_of_a_window(limit: str) -> None:
    with pytest.raises(
        WrongUsageError, match=r"is no limit. .* windows are minute, hour, day, week, month"
    ):
        after(record(), limit=[limit])


@pytest.mark.parametrize(
    ("given_options", "sentence"),
    [
        *(
            (
                {option: ["a"], "allow_all": True},
                "--allow-all contradicts the other options on its allow-list.",
            )
            for option in ("allow", "add_allow", "remove_allow")
        ),
        ({"ip": ["10.0.0.1"], "any_ip": True}, "--ip and --any-ip contradict each other."),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(
    given_options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(WrongUsageError) as refused:
        after(record(), **given_options)

    assert str(refused.value) == sentence


def test_a_key_can_be_renamed_and_let_loose() -> None:
    before = record(
        allowed_models=frozenset({"a"}), allowed_ips=frozenset({ip_network("10.0.0.0/8")})
    )

    made = after(before, name="new", allow_all=True, any_ip=True)

    assert made == replace(
        before,
        key=replace(before.key, name="new", allowed_models=frozenset(), allowed_ips=frozenset()),
    )


@pytest.mark.parametrize(
    ("allowed", "given_options", "left"),
    [
        ("a", {"add_allow": ["b"]}, "ab"),
        ("ab", {"remove_allow": ["a"]}, "b"),
        ("a", {"add_allow": ["b"], "remove_allow": ["a"]}, "b"),
        ("a", {"allow": ["b"], "add_allow": ["c"]}, "bc"),
        ("", {"allow": ["b"], "add_allow": ["c"]}, "bc"),
        ("", {"allow": ["b"]}, "b"),
        ("ab", {"allow": ["b", "c"], "remove_allow": ["c"]}, "b"),
        ("", {}, ""),
    ],
)
def test_allow_lists_are_replaced_and_mended(
    allowed: str, given_options: dict[str, Any], left: str
) -> None:
    made = after(record(allowed_models=frozenset(allowed)), **given_options)

    assert made.key.allowed_models == {*left}


@pytest.mark.parametrize(
    ("allowed", "given_options", "sentence"),
    [
        ("a", {"remove_allow": ["a"]}, "would be empty, .* --allow-all; .* keys disable"),
        ("a", {"allow": ["b"], "remove_allow": ["b"]}, "would be empty"),
        ("", {"add_allow": ["a"]}, "may use every model now, .* To restrict it: --allow"),
        ("a", {"remove_allow": ["c", "b", "a"]}, "^Not on its allow-list: b, c.$"),
        ("", {"remove_allow": ["a"]}, "^Not on its allow-list: a.$"),
    ],
)
def test_an_allow_list_is_not_emptied_by_a_slip(
    allowed: str, given_options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RefusedError, match=sentence):
        after(record(allowed_models=frozenset(allowed)), **given_options)


@pytest.mark.parametrize("text", ["gpt-5", "openai/*", "@frontier", "[!a-c]?", "a:free", "a" * 257])
def test_a_pattern_is_what_it_says(text: str) -> None:
    assert pattern(text) == text


def test_an_empty_pattern_does_not_allow_everything() -> None:
    with pytest.raises(WrongUsageError, match="A pattern is empty"):
        pattern("")


@pytest.mark.parametrize("text", [" ", "a b", "ü", "a,b", "a\n", "a" * 258, "a\0"])
def test_what_no_model_is_called_is_no_pattern(text: str) -> None:
    with pytest.raises(WrongUsageError, match="No model can match"):
        pattern(text)


@pytest.mark.parametrize("text", ["", "Models.read", "models.", "models read", "models.read\n"])
def test_a_permission_reads_like_one(text: str) -> None:
    with pytest.raises(WrongUsageError, match=r"is no permission. They read like models.read."):
        ruled(record(), RuleOptions(permission=[text]), NOON)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            "203.0.113.7/24",
            "the address has bits beyond it. Did you mean 203.0.113.0/24?",
        ),
        ("2001:db8::1/32", "the address has bits beyond it. Did you mean 2001:db8::/32?"),
        ("here", "say it like 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7."),
        ("", "say it like 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7."),
        ("10.0.0.0/33", "say it like 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7."),
    ],
)
def test_what_is_no_network_is_told(text: str, meant: str) -> None:
    with pytest.raises(WrongUsageError) as refused:
        network(text)

    assert str(refused.value) == f"{text} is no network: {meant}"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("::ffff:127.0.0.0/104", "127.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::ffff:cb00:7100/120", "203.0.113.0/24"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("::/0", "::/0"),
        ("::1", "::1/128"),
    ],
)
def test_a_network_is_stored_as_addresses_are_seen(text: str, seen: str) -> None:
    assert network(text) == ip_network(seen)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("::ffff:127.0.0.0/104", "127.0.0.1"),
        ("::ffff:127.0.0.0/104", "::ffff:127.0.0.1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::/32", "2001:db8::7"),
    ],
)
def test_a_key_may_be_used_from_a_network_however_that_is_written(text: str, address: str) -> None:
    assert after(record(), ip=[text]).key.allows_address(address)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("fe80::1%eth0", "it names an interface of one machine. Say it without %eth0."),
        ("fe80::%en1/64", "it names an interface of one machine. Say it without %en1."),
        (
            "::ffff:0:0/95",
            "it is more than all of IPv4, which is 0.0.0.0/0. All of IPv6 is ::/0.",
        ),
        (
            "::ffff:10.0.0.0/8",
            "it is more than all of IPv4, which is 0.0.0.0/0. All of IPv6 is ::/0.",
        ),
        (
            "::ffff:10.0.0.1/104",
            "the address has bits beyond it. Did you mean 10.0.0.0/8?",
        ),
    ],
)
def test_a_network_no_request_can_come_from_is_told(text: str, trouble: str) -> None:
    with pytest.raises(WrongUsageError) as refused:
        network(text)

    assert str(refused.value) == f"{text} is no network: {trouble}"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("never", None),
        ("90s", NOON + timedelta(seconds=90)),
        ("12h", NOON + timedelta(hours=12)),
        ("8w", NOON + timedelta(weeks=8)),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T18:00+01:00", datetime(2027, 1, 1, 17, tzinfo=UTC)),
        ("2027-01-01T18:00", datetime(2027, 1, 1, 18, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_span_a_date_a_moment_or_never(text: str, moment: datetime | None) -> None:
    assert expiry(text, NOON) == moment


@pytest.mark.parametrize("text", ["2026-11-22T12:00:00Z", "2026-11-22", "0s", "2000-01-01"])
def test_a_key_does_not_expire_in_the_past(text: str) -> None:
    with pytest.raises(WrongUsageError) as refused:
        expiry(text, NOON)

    assert str(refused.value) == f"{text} is past. To stop a key at once: modelctl keys disable"


@pytest.mark.parametrize("text", ["", "soon", "1y", "12", "2027-13-01", "Never"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(WrongUsageError, match=r"is no time. Say a span"):
        expiry(text, NOON)


def test_moments_lie_before_or_after_now() -> None:
    assert moment_of("24h", NOON, sign=1) == NOON + timedelta(hours=24)
    assert moment_of("24h", NOON, sign=-1) == NOON - timedelta(hours=24)
    assert moment_of("2026-11-01", NOON, sign=-1) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_spans_have_a_unit(text: str, length: timedelta) -> None:
    assert span(text) == length


@pytest.mark.parametrize("text", ["", "1", "00", "h", "-1h", "1.5h", "1h\n", "1 h", "1234567s"])
def test_what_is_no_span_is_told(text: str) -> None:
    with pytest.raises(WrongUsageError, match=r"is no span of time. Say it like 90s"):
        span(text)


@pytest.mark.parametrize(
    ("text", "pair"), [("a=b", ("a", "b")), ("a=", ("a", "")), ("a=b=c", ("a", "b=c"))]
)
def test_a_tag_is_a_name_and_a_text(text: str, pair: tuple[str, str]) -> None:
    assert tag(text) == pair


@pytest.mark.parametrize("text", ["", "a", "=", "=b"])
def test_what_is_no_tag_is_told(text: str) -> None:
    with pytest.raises(WrongUsageError) as refused:
        tag(text)

    assert str(refused.value) == f"{text} is no tag. Say it like team=search."


@pytest.mark.parametrize(
    ("given_options", "what"),
    [
        ({"owner": "a\nb"}, "An owner"),
        ({"owner": "a" * 257}, "An owner"),
        ({"tag": ["a\t=b"]}, "A tag's name"),
        ({"tag": [f"a={'b' * 257}"]}, "A tag"),
        ({"name": "\x1b[31m"}, "A key's name"),
    ],
)
def test_texts_fit_a_line(given_options: dict[str, Any], what: str) -> None:
    with pytest.raises(WrongUsageError) as refused:
        after(record(), **given_options)

    assert str(refused.value) == (f"{what} has at most 256 characters, and none that do not print.")


def test_a_line_of_the_greatest_length_fits() -> None:
    assert one_line("ü" * 256, "It") == "ü" * 256


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_a_key_is_called_something(text: str) -> None:
    with pytest.raises(WrongUsageError, match=r"A key's name is empty."):
        key_name(text)


@pytest.mark.parametrize("text", ["ci", " ci", "ci\n", "\tci "])
def test_space_around_it_is_no_part_of_a_name(text: str) -> None:
    assert key_name(text) == "ci"


_words = st.text() | st.from_regex(r"\A[0-9]{1,6}[smhdw]\Z") | st.datetimes().map(str)


@given(_words)
@example("999999w")
@example("0001-01-01T00:00+01:00")
@example("9999-12-31T23:59-01:00")
def test_no_text_makes_a_span_or_a_time_fail_otherwise(text: str) -> None:
    readings: tuple[Callable[[], bool], ...] = (
        lambda: span(text) >= timedelta(0),
        lambda: moment_of(text, NOON, sign=1).tzinfo is UTC,
        lambda: moment_of(text, NOON, sign=-1).tzinfo is UTC,
        lambda: (expiry(text, NOON) or TOMORROW) > NOON,
    )

    for reading in readings:
        with suppress(WrongUsageError):
            assert reading()


@given(
    st.text()
    | st.tuples(st.sampled_from([*Window, "year"]), st.integers() | st.text()).map(
        lambda pair: f"{pair[0]}={pair[1]}"
    )
)
def test_no_text_makes_a_limit_below_one(text: str) -> None:
    with suppress(WrongUsageError):
        made = after(record(limits={Window.HOUR: 1}), limit=[text])
        assert all(limit >= 1 for limit in made.key.limits.values())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "allow": st.lists(st.text(max_size=3), min_size=1),
            "add_allow": st.lists(st.sampled_from("abc*") | st.text(max_size=2)),
            "remove_allow": st.lists(st.sampled_from("abc*")),
            "ip": st.lists(st.ip_addresses().map(str) | st.text(max_size=4)),
            "tag": st.lists(st.text(max_size=4)),
            "permission": st.lists(st.text(max_size=4)),
            "name": st.text(max_size=4),
            "owner": st.text(max_size=4),
        },
    ),
    st.frozensets(st.sampled_from("abc")),
)
def test_no_change_but_allow_all_lets_a_restricted_key_use_everything(
    given_options: dict[str, Any], allowed: frozenset[str]
) -> None:
    with suppress(RefusedError, WrongUsageError):
        made = after(record(allowed_models=allowed), **given_options)
        assert bool(made.key.allowed_models) >= bool(allowed)


def test_a_span_beyond_a_lifetime_is_told() -> None:
    with pytest.raises(WrongUsageError) as refused:
        span("999999w")

    assert str(refused.value) == "999999w is longer than 36500 days."
