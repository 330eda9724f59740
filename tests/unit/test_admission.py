"""The door: who is let in, what everyone else is told, and what refusals may cost."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, fields
from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.admission import Gate, _Attempt
from model_catalog.api_keys import (
    MODELS_READ,
    KeyStatus,
    MintedSecret,
    PresentedSecret,
    hash_secret,
    mint,
)
from model_catalog.errors import (
    ApiError,
    AuthenticationError,
    KeyStoreUnavailableError,
    PermissionDeniedError,
)
from model_catalog.http_messages import Request
from model_catalog.limits import Window
from support.builders import ADDRESS, api_key, request
from support.clock import FakeClock
from support.fakes import FakeKeyStore

HOME = frozenset({ip_network("192.0.2.0/24")})  # the builders' address is not in it
AT_HOME = "192.0.2.1"
IMPORTED = "sk-clb-" + "x" * 43


class Door:
    """A gate with its store and both clocks."""

    def __init__(self, *, remembered_at_most: int | None = None) -> None:
        self.store = FakeKeyStore()
        self.clock = FakeClock()
        self.gate = Gate(
            self.store,
            clock=self.clock,
            monotonic=self.clock.monotonic,
            **({} if remembered_at_most is None else {"remembered_at_most": remembered_at_most}),
        )

    def admits(self, minted: MintedSecret, address: str = ADDRESS) -> bool:
        """Tell whether a request for the models is let in."""
        try:
            self.gate.admit(request(secret=minted.secret, address=address), MODELS_READ)
        except ApiError:
            return False
        return True

    def refusal(self, asked: Request, permission: str = MODELS_READ) -> ApiError:
        """Return what a request that is not let in is told."""
        with pytest.raises(ApiError) as caught:
            self.gate.admit(asked, permission)
        return caught.value

    def refusal_of(self, minted: MintedSecret) -> ApiError:
        return self.refusal(request(secret=minted.secret))

    def used(self, minted: MintedSecret) -> int:
        """Return what was counted this month."""
        asked = request("/v1/usage", minted.secret, address=AT_HOME)
        counts = self.gate.recognize(asked).usage.counts
        return counts.get((Window.MONTH, Window.MONTH.number(self.clock.now)), 0)


@pytest.fixture
def door() -> Door:
    return Door()


def unknown(_: FakeKeyStore) -> MintedSecret:
    return mint()


def revoked(store: FakeKeyStore) -> MintedSecret:
    return store.issue(status=KeyStatus.REVOKED)


def disabled(store: FakeKeyStore) -> MintedSecret:
    return store.issue(status=KeyStatus.DISABLED)


def expired(store: FakeKeyStore) -> MintedSecret:
    return store.issue(expires_at=FakeClock().now)


def powerless(store: FakeKeyStore) -> MintedSecret:
    return store.issue(permissions=frozenset())


def elsewhere(store: FakeKeyStore) -> MintedSecret:
    return store.issue(allowed_ips=HOME)


def spent(store: FakeKeyStore) -> MintedSecret:
    minted = store.issue(limits={Window.DAY: 1})
    store.count(minted)
    return minted


type Case = Callable[[FakeKeyStore], MintedSecret]

INVALID: list[Case] = [unknown, revoked, disabled, expired]
REFUSED: list[Case] = [*INVALID, powerless, elsewhere, spent]


def test_the_holder_of_a_valid_key_is_let_in_and_counted(door: Door) -> None:
    minted = door.store.issue(limits={Window.HOUR: 10})

    admission = door.gate.admit(request(secret=minted.secret), MODELS_READ)

    assert admission.key.key_id == minted.key_id
    assert admission.headers["x-ratelimit-remaining-requests"] == "9"


def test_an_imported_key_is_let_in(door: Door) -> None:
    digest = hash_secret(IMPORTED)
    key = api_key(mint(), key_id=digest[:16], secret_hash=digest)
    door.store.put(key)

    assert door.gate.admit(request(secret=IMPORTED), MODELS_READ).key == key


@pytest.mark.parametrize(
    "header", ["bearer {}", "BEARER {}", "Bearer   {}", "\tBearer {} \t", "Bearer \t{}"]
)
def test_the_scheme_is_read_in_any_case_and_white_space_around_ignored(
    door: Door, header: str
) -> None:
    minted = door.store.issue()

    admission = door.gate.admit(request(authorization=header.format(minted.secret)), MODELS_READ)

    assert admission.key.key_id == minted.key_id


def test_without_a_header_the_caller_is_told_to_send_one(door: Door) -> None:
    error = door.refusal(request())

    assert (error.status, error.code) == (401, None)
    assert str(error) == (
        "No API key was sent. Send it in an Authorization header, as"
        " `Authorization: Bearer YOUR_KEY`."
    )
    assert error.headers["www-authenticate"] == "Bearer"
    assert error.details == {"reason": "missing"}


@pytest.mark.parametrize(
    "header",
    [
        " ",
        "\t",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Bearer",
        "Bearer ",
        "bearer \t ",
        "{}",
        "Bearer {} {}",
        "Bearer {}\t{}",
        "Bearer {},{}",
        "Bearer {}, Bearer {}",
        "Bearer {},",
        "Bearer ,{}",
        "Bearer\t{}",
        "Token {}",
        "Bearer: {}",
        "BearerX {}",
        "Bearer\u00a0{}",
        "\u00a0Bearer {}",
        "XBearer {}",
    ],
)
def test_a_malformed_header_is_refused_without_asking_or_repeating_it(
    door: Door, header: str
) -> None:
    minted = door.store.issue()

    error = door.refusal(request(authorization=header.format(minted.secret, minted.secret)))

    assert (type(error), error.status, error.code) == (AuthenticationError, 401, None)
    assert str(error) == (
        "The Authorization header could not be read. It has to be the word Bearer, a space and"
        " one API key: `Authorization: Bearer YOUR_KEY`."
    )
    assert minted.secret[:8] not in str(error)
    assert error.details == {"reason": "malformed"}
    assert door.store.calls == 0


@pytest.mark.parametrize("header", ["Bearer X{}", "Bearer {}X", "Bearer \u00a0{}", "Bearer {}\n"])
def test_no_more_than_spaces_and_tabs_around_a_key_are_ignored(door: Door, header: str) -> None:
    minted = door.store.issue()

    error = door.refusal(request(authorization=header.format(minted.secret)))

    assert error.details == {"reason": "mistyped"}


@pytest.mark.parametrize(
    "shown",
    [
        "hunter2",
        "sk-" + "a" * 48,
        "sk-clb-" + "0" * 54,
        "sk-clb-é" + "a" * 53,
        "k" * 10_000,
        "a\nb" * 20,
    ],
)
def test_what_cannot_be_a_key_is_refused_without_asking(door: Door, shown: str) -> None:
    error = door.refusal(request(secret=shown))

    assert (error.status, error.code) == (401, "invalid_api_key")
    assert error.details == {"reason": "mistyped"}
    assert len(str(error)) < 200
    assert door.store.calls == 0


def test_a_key_with_one_character_changed_is_refused_without_asking(door: Door) -> None:
    secret = door.store.issue().secret
    mistyped = secret[:-1] + ("1" if secret[-1] == "0" else "0")

    error = door.refusal(request(secret=mistyped))

    assert error.code == "invalid_api_key"
    assert door.store.calls == 0


@given(st.text())
def test_no_header_gets_anyone_in_or_breaks_the_door(header: str) -> None:
    door = Door()

    error = door.refusal(request(authorization=header))

    assert error.status == 401
    assert door.store.calls == 0


@pytest.mark.parametrize("case", REFUSED)
def test_a_message_shows_at_most_the_first_8_and_last_4_characters(door: Door, case: Case) -> None:
    minted = case(door.store)

    message = str(door.refusal_of(minted))

    assert minted.secret[:9] not in message
    assert minted.secret[-5:] not in message
    assert minted.key_id not in message


@pytest.mark.parametrize("case", INVALID)
def test_a_message_lets_the_caller_recognize_the_refused_key(door: Door, case: Case) -> None:
    minted = case(door.store)

    assert f"{minted.secret[:8]}***{minted.secret[-4:]}" in str(door.refusal_of(minted))


def test_whoever_shows_an_unknown_key_is_told_what_to_do(door: Door) -> None:
    minted = unknown(door.store)

    assert str(door.refusal_of(minted)) == (
        f"The API key {minted.secret[:8]}***{minted.secret[-4:]} is not valid. Check it for typing"
        " errors, or ask whoever issued it for a new one."
    )


def test_of_a_short_text_a_message_shows_nothing(door: Door) -> None:
    assert "hunter2" not in str(door.refusal(request(secret="hunter2-hunter2")))


@pytest.mark.parametrize(("case", "word"), [(disabled, "disabled"), (expired, "expired")])
def test_the_holder_of_a_disabled_or_expired_key_is_told_which(
    door: Door, case: Case, word: str
) -> None:
    error = door.refusal_of(case(door.store))

    assert (error.status, error.code) == (401, "invalid_api_key")
    assert f"is {word}" in str(error)
    assert error.details["reason"] == word


def test_a_revoked_key_reads_like_one_that_never_was(door: Door) -> None:
    minted = revoked(door.store)

    assert door.refusal_of(minted).envelope == Door().refusal_of(minted).envelope
    assert door.refusal_of(minted).details["reason"] == "revoked"


@pytest.mark.parametrize("case", REFUSED)
def test_whoever_knows_only_the_keys_id_learns_nothing_of_the_key(door: Door, case: Case) -> None:
    guessed = mint(case(door.store).key_id)

    error = door.refusal_of(guessed)

    assert error.envelope == Door().refusal_of(guessed).envelope
    assert error.headers == {"www-authenticate": "Bearer"}


def test_a_replaced_secret_opens_the_door_until_its_end(door: Door) -> None:
    old = mint()
    ends = door.clock.now + timedelta(hours=1)
    new = api_key(mint(old.key_id), previous_secret_hash=old.secret_hash, previous_expires_at=ends)
    door.store.put(new)

    during = door.admits(old)
    door.clock.advance(hours=1)

    assert (during, door.admits(old)) == (True, False)


def test_a_key_that_lacks_the_permission_is_told_which(door: Door) -> None:
    minted = door.store.issue(permissions=frozenset({MODELS_READ}))

    error = door.refusal(request(secret=minted.secret), "models.write")

    assert isinstance(error, PermissionDeniedError)
    assert error.code == "insufficient_permissions"
    assert "`models.write`" in str(error)


def test_a_key_used_from_elsewhere_is_told_from_where(door: Door) -> None:
    error = door.refusal_of(elsewhere(door.store))

    assert isinstance(error, PermissionDeniedError)
    assert error.code == "ip_not_allowed"
    assert f"from {ADDRESS}." in str(error)


def test_a_refused_address_counts_once_however_often_it_asks(door: Door) -> None:
    minted = elsewhere(door.store)
    for _ in range(100):
        door.refusal_of(minted)

    assert door.used(minted) == 1


def test_a_spent_limit_is_explained_by_its_window_its_size_and_its_end(door: Door) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 5})
    door.store.count(minted, times=5)
    door.clock.advance(seconds=47.75)

    assert str(door.refusal_of(minted)) == (
        "This API key's limit of 5 requests per minute is spent. Try again in 13s,"
        " at 2026-11-22T12:01:00Z."
    )


def test_a_spent_limit_says_in_headers_how_long_to_wait(door: Door) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 5})
    door.store.count(minted, times=5)
    door.clock.advance(seconds=47.75)

    assert door.refusal_of(minted).headers == {
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "12.25s",
        "ratelimit-policy": '"minute";q=5;w=60',
        "ratelimit": '"minute";r=0;t=13',
        "retry-after": "13",
        "retry-after-ms": "12250",
    }


@pytest.mark.parametrize(
    ("window", "kind", "code"),
    [
        (Window.MINUTE, "requests", "rate_limit_exceeded"),
        (Window.HOUR, "requests", "rate_limit_exceeded"),
        (Window.DAY, "insufficient_quota", "insufficient_quota"),
        (Window.WEEK, "insufficient_quota", "insufficient_quota"),
        (Window.MONTH, "insufficient_quota", "insufficient_quota"),
    ],
)
def test_a_spent_day_or_more_is_a_spent_quota(
    door: Door, window: Window, kind: str, code: str
) -> None:
    minted = door.store.issue(limits={window: 1})
    door.store.count(minted)

    error = door.refusal_of(minted)

    assert (error.status, error.type, error.param, error.code) == (429, kind, None, code)
    assert f"limit of 1 request per {window} " in str(error)


def test_of_several_spent_limits_the_latest_to_reset_is_told(door: Door) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 1, Window.HOUR: 1})
    door.store.count(minted)

    error = door.refusal_of(minted)

    assert "per hour" in str(error)
    assert error.headers["retry-after"] == "3600"
    assert error.headers["x-should-retry"] == "false"


def test_a_remembered_refusal_tells_what_is_left_of_the_wait(door: Door) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 1})
    door.store.count(minted)
    door.refusal_of(minted)
    door.clock.advance(seconds=4.5)

    error = door.refusal_of(minted)

    assert door.store.calls == 1
    assert error.headers["retry-after-ms"] == "55500"
    assert error.headers["ratelimit"] == '"minute";r=0;t=56'


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_tells_the_log_which_key_and_why_but_no_secret(door: Door, case: Case) -> None:
    minted = case(door.store)

    for error in (door.refusal_of(minted), door.refusal_of(minted)):
        assert error.details.keys() == {"reason", "key_id"}
        assert error.details["key_id"] == minted.key_id
        told = f"{error!r} {error.envelope} {error.details} {error.headers}"
        assert minted.secret not in told
        assert minted.secret_hash not in told


def test_every_kind_of_refusal_has_a_reason_of_its_own(door: Door) -> None:
    reasons = {
        case.__name__: door.refusal_of(case(door.store)).details["reason"] for case in REFUSED
    }

    assert reasons == {
        "unknown": "unknown",
        "revoked": "revoked",
        "disabled": "disabled",
        "expired": "expired",
        "powerless": "insufficient_permissions",
        "elsewhere": "ip_not_allowed",
        "spent": "over_limit",
    }


@pytest.mark.parametrize("case", REFUSED)
def test_a_thousand_repeated_refusals_cost_one_question(door: Door, case: Case) -> None:
    minted = case(door.store)

    for _ in range(1000):
        assert not door.admits(minted)

    assert door.store.calls == 1


@pytest.mark.parametrize("case", REFUSED)
def test_a_remembered_refusal_reads_like_the_first(door: Door, case: Case) -> None:
    minted = case(door.store)

    first, second = door.refusal_of(minted), door.refusal_of(minted)

    assert (type(first), first.envelope, first.headers) == (
        type(second),
        second.envelope,
        second.headers,
    )


@pytest.mark.parametrize(
    ("case", "seconds"),
    [(case, 5 if case is spent else 10) for case in REFUSED],
)
def test_a_refusal_is_remembered_for_its_span_and_no_longer(
    door: Door, case: Case, seconds: int
) -> None:
    minted = case(door.store)
    door.refusal_of(minted)
    door.clock.advance(seconds=seconds - 0.001)
    door.refusal_of(minted)
    asked_early = door.store.calls
    door.clock.advance(seconds=0.001)
    door.refusal_of(minted)

    assert (asked_early, door.store.calls) == (1, 2)


def test_repeating_a_refusal_does_not_prolong_it(door: Door) -> None:
    minted = unknown(door.store)
    for _ in range(12):
        door.refusal_of(minted)
        door.clock.advance(seconds=1)

    assert door.store.calls == 2


def test_a_spent_limit_is_forgotten_at_its_reset(door: Door) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 1})
    door.clock.advance(seconds=58)

    first, second = door.admits(minted), door.admits(minted)
    door.clock.advance(seconds=2)

    assert (first, second, door.admits(minted)) == (True, False, True)


@pytest.mark.parametrize("minutes", [1, 1440, -1, -1440])
def test_a_wall_clock_set_to_another_window_leaves_the_decision_to_the_store(
    door: Door, minutes: int
) -> None:
    minted = door.store.issue(limits={Window.MINUTE: 1})
    door.store.count(minted)
    door.refusal_of(minted)

    door.clock.now += timedelta(minutes=minutes)

    assert door.admits(minted)


@pytest.mark.parametrize("case", [case for case in REFUSED if case is not spent])
def test_a_wall_clock_set_back_prolongs_no_refusal(door: Door, case: Case) -> None:
    minted = case(door.store)
    door.refusal_of(minted)
    door.clock.advance(seconds=10)
    door.clock.now -= timedelta(hours=1)

    door.admits(minted)

    assert door.store.calls == 2


def test_a_refused_address_is_no_reason_to_refuse_another(door: Door) -> None:
    minted = elsewhere(door.store)
    door.refusal_of(minted)

    assert door.admits(minted, AT_HOME)


def test_a_refused_address_is_no_reason_to_refuse_another_key_from_there(door: Door) -> None:
    door.refusal_of(elsewhere(door.store))

    assert door.admits(door.store.issue())


def test_a_refused_address_is_remembered_beside_others(door: Door) -> None:
    minted = elsewhere(door.store)
    addresses = ["198.51.100.1", "198.51.100.2", "2001:db8::1"]
    for address in addresses * 10:
        door.admits(minted, address)

    assert door.store.calls == len(addresses)


def test_a_key_refused_for_one_permission_is_let_in_for_another(door: Door) -> None:
    minted = door.store.issue()
    door.refusal(request(secret=minted.secret), "models.write")

    assert door.admits(minted)


@pytest.mark.parametrize("case", [powerless, spent])
def test_a_key_out_of_permission_or_requests_can_still_read_its_usage(
    door: Door, case: Case
) -> None:
    minted = case(door.store)
    door.refusal_of(minted)

    admission = door.gate.recognize(request("/v1/usage", minted.secret))

    assert admission.key.key_id == minted.key_id


def test_reading_the_usage_counts_nothing(door: Door) -> None:
    minted = door.store.issue()
    door.admits(minted)

    assert [door.used(minted) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("case", [*INVALID, elsewhere])
def test_whoever_holds_no_valid_key_or_is_elsewhere_cannot_read_its_usage(
    door: Door, case: Case
) -> None:
    minted = case(door.store)

    with pytest.raises(ApiError) as caught:
        door.gate.recognize(request("/v1/usage", minted.secret))

    assert caught.value.envelope == door.refusal_of(minted).envelope


@pytest.mark.parametrize("case", [*INVALID, elsewhere])
def test_refused_readings_of_the_usage_are_remembered_for_all_routes(
    door: Door, case: Case
) -> None:
    minted = case(door.store)
    for _ in range(100):
        with pytest.raises(ApiError):
            door.gate.recognize(request("/v1/usage", minted.secret))
        door.refusal_of(minted)

    assert door.store.calls == 1


def test_nobody_who_knows_a_keys_id_can_shut_its_owner_out(door: Door) -> None:
    owner = door.store.issue(limits={Window.DAY: 2})
    for _ in range(100):
        door.refusal_of(mint(owner.key_id))

    assert door.admits(owner)
    assert door.used(owner) == 1


def test_the_other_secret_of_a_rotation_is_judged_by_itself(door: Door) -> None:
    old = mint()
    new = mint(old.key_id)
    door.store.put(api_key(new))

    assert [door.admits(old), door.admits(new), door.admits(old)] == [False, True, False]


def test_beyond_its_bound_the_memory_forgets_the_oldest_refusal() -> None:
    door = Door(remembered_at_most=2)
    first, second, third = mint(), mint(), mint()
    for minted in (first, second, third, second, third):
        door.refusal_of(minted)
    remembered = door.store.calls
    door.refusal_of(first)

    assert (remembered, door.store.calls) == (3, 4)


def test_a_refusal_renewed_is_no_longer_the_oldest() -> None:
    door = Door(remembered_at_most=2)
    first, second, third = mint(), mint(), mint()
    door.refusal_of(first)
    door.refusal_of(second)
    door.clock.advance(seconds=10)
    for minted in (first, third, first):
        door.refusal_of(minted)

    assert door.store.calls == 4


def test_being_forgotten_opens_no_door() -> None:
    door = Door(remembered_at_most=1)
    minted = disabled(door.store)
    door.refusal_of(minted)
    door.refusal_of(mint())

    assert not door.admits(minted)


@dataclass(frozen=True)
class Tightening:
    """What an operator may do to a key that was let in a moment ago."""

    change: dict[str, object]
    reason: str


@pytest.mark.parametrize(
    "tightening",
    [
        Tightening({"status": KeyStatus.REVOKED}, "revoked"),
        Tightening({"status": KeyStatus.DISABLED}, "disabled"),
        Tightening({"permissions": frozenset()}, "insufficient_permissions"),
        Tightening({"allowed_ips": HOME}, "ip_not_allowed"),
        Tightening({"limits": {Window.DAY: 1}}, "over_limit"),
        Tightening({"secret_hash": "0" * 64}, "unknown"),
    ],
    ids=lambda tightening: tightening.reason,
)
def test_a_key_made_stricter_is_refused_on_the_next_request(
    door: Door, tightening: Tightening
) -> None:
    minted = door.store.issue()
    before = door.admits(minted)

    door.store.change(minted.key_id, **tightening.change)

    assert before
    assert door.refusal_of(minted).details["reason"] == tightening.reason


@pytest.mark.parametrize(
    ("case", "change"),
    [
        (disabled, {"status": KeyStatus.ACTIVE}),
        (expired, {"expires_at": None}),
        (powerless, {"permissions": frozenset({MODELS_READ})}),
        (elsewhere, {"allowed_ips": frozenset()}),
        (spent, {"limits": {Window.DAY: 9}}),
    ],
)
def test_a_key_made_looser_works_within_10_seconds(
    door: Door, case: Case, change: dict[str, object]
) -> None:
    minted = case(door.store)
    door.refusal_of(minted)
    door.store.change(minted.key_id, **change)

    door.clock.advance(seconds=10)

    assert door.admits(minted)


def test_a_key_stored_after_it_was_refused_works_within_10_seconds(door: Door) -> None:
    minted = mint()
    door.refusal_of(minted)
    door.store.put(api_key(minted))

    door.clock.advance(seconds=10)

    assert door.admits(minted)


def test_nobody_is_let_in_while_the_store_is_down(door: Door) -> None:
    minted = door.store.issue()
    door.admits(minted)
    door.store.down = True

    assert isinstance(door.refusal_of(minted), KeyStoreUnavailableError)
    with pytest.raises(KeyStoreUnavailableError):
        door.gate.recognize(request("/v1/usage", minted.secret))


def test_an_outage_is_not_held_against_the_key(door: Door) -> None:
    minted = door.store.issue()
    door.store.down = True
    door.refusal_of(minted)

    door.store.down = False

    assert door.admits(minted)


def test_what_was_refused_stays_refused_while_the_store_is_down(door: Door) -> None:
    minted = disabled(door.store)
    door.refusal_of(minted)
    door.store.down = True

    assert isinstance(door.refusal_of(minted), AuthenticationError)


def test_ten_thousand_refusals_are_remembered_and_no_more(door: Door) -> None:
    refused = [mint() for _ in range(10_001)]
    for minted in refused:
        door.admits(minted)
    calls = door.store.calls

    door.admits(refused[-10_000])
    remembered = door.store.calls == calls
    door.admits(refused[0])

    assert remembered
    assert door.store.calls == calls + 1


def test_a_store_that_fails_is_logged_with_the_key_it_failed_on(door: Door) -> None:
    minted = mint()
    door.store.down = True

    error = door.refusal_of(minted)

    assert isinstance(error, KeyStoreUnavailableError)
    assert error.details["key_id"] == minted.key_id


def test_an_attempt_neither_changes_nor_grows_and_shows_no_secret() -> None:
    minted = mint()
    secret = PresentedSecret(minted.key_id, minted.secret_hash)
    attempt = _Attempt(minted.secret, secret, ADDRESS, MODELS_READ, FakeClock().now)

    with pytest.raises(FrozenInstanceError):
        setattr(attempt, fields(attempt)[0].name, "")

    assert not hasattr(attempt, "__dict__")
    assert minted.secret not in repr(attempt)
