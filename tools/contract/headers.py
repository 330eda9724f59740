"""Which headers answers have, with values as the code itself sends them."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract.examples import ADMISSION, ETAG, PAGE_HEADERS
from contract.json_schema import exactly
from contract.refusals import METHOD_NOT_ALLOWED, TOO_MANY_REQUESTS, UNAUTHORIZED
from model_catalog.errors import ApiError
from model_catalog.http_messages import usual_headers
from model_catalog.limits import Window

type Part = dict[str, Any]


def _each_window(form: str) -> str:
    """Return the pattern of a list with an item of that form for every limited window."""
    item = f'"({"|".join(Window)})";{form}'
    return f"^{item}(, {item})*$"


# The content type of a body is said beside the body.
_USUAL = {
    name: value
    for name, value in usual_headers("R2bX3gKzIAMEJqw=").items()
    if name != "content-type"
}
USUAL = tuple(_USUAL)
LIMITS = tuple(ADMISSION.headers)
_PUBLIC = {name: value for name, value in PAGE_HEADERS.items() if name in _USUAL}
_OF_PAGES = {name: value for name, value in PAGE_HEADERS.items() if name not in _USUAL}
_HASHES = "( 'sha256-[A-Za-z0-9+/]{43}=')+"

_OPTIONAL = {*LIMITS, "content-encoding", "x-should-retry"}
_SENT: Mapping[str, str] = {
    **_USUAL,
    **_OF_PAGES,
    **{f"public-{name}": value for name, value in _PUBLIC.items()},
    "content-encoding": "gzip",
    "etag": ETAG,
    **TOO_MANY_REQUESTS["hour"].headers,
    **ADMISSION.headers,
    **UNAUTHORIZED["no_key"].headers,
    **METHOD_NOT_ALLOWED["method"].headers,
}
_SAID: Mapping[str, tuple[str, Part]] = {
    "x-request-id": (
        "Names the request, as API Gateway does; the log has it too.",
        {"type": "string", "minLength": 1},
    ),
    "cache-control": ("Keep it, but ask again.", exactly(_USUAL["cache-control"])),
    "vary": ("What answers differ by.", exactly(_USUAL["vary"])),
    "x-content-type-options": (
        "A browser is not to guess what an answer is.",
        exactly(_USUAL["x-content-type-options"]),
    ),
    "strict-transport-security": (
        "A browser is to come with TLS alone.",
        exactly(_USUAL["strict-transport-security"]),
    ),
    "public-cache-control": ("Keep it, but ask again.", exactly(_PUBLIC["cache-control"])),
    "public-vary": (
        "What answers differ by: whoever asks, they are the same.",
        exactly(_PUBLIC["vary"]),
    ),
    "content-security-policy": (
        "A browser is to run and load what is in the page, by hashes, and to call this API.",
        {"type": "string", "pattern": f"^default-src 'none'(; (script|style)-src{_HASHES})*; "},
    ),
    "cross-origin-opener-policy": (
        "No page that opens this one gets hold of it.",
        exactly(_OF_PAGES["cross-origin-opener-policy"]),
    ),
    "referrer-policy": (
        "Links that are followed do not tell where from.",
        exactly(_OF_PAGES["referrer-policy"]),
    ),
    "content-encoding": (
        "On bodies over 1 KiB, if `Accept-Encoding` asks for it.",
        exactly(_SENT["content-encoding"]),
    ),
    "etag": (
        "Names the body: send it back as `If-None-Match`.",
        {"type": "string", "pattern": '^W/"[0-9a-f]{32}"$'},
    ),
    "x-ratelimit-limit-requests": (
        "The limit of the window with the fewest requests left; of equals, the latest to reset.",
        {"type": "integer", "minimum": 1},
    ),
    "x-ratelimit-remaining-requests": (
        "How many requests are left in that window.",
        {"type": "integer", "minimum": 0},
    ),
    "x-ratelimit-reset-requests": (
        "How long that window still lasts, as Go prints durations: `12ms`, `1s`, `6m0s`.",
        {"type": "string", "pattern": r"^([0-9]+ms|(([0-9]+h)?[0-9]+m)?[0-9]+(\.[0-9]{1,3})?s)$"},
    ),
    "ratelimit-policy": (
        "The limits of all windows: `q` requests in `w` seconds.",
        {"type": "string", "pattern": _each_window("q=[0-9]+;w=[0-9]+")},
    ),
    "ratelimit": (
        "How all windows stand: `r` requests are left, for `t` seconds.",
        {"type": "string", "pattern": _each_window("r=[0-9]+;t=[0-9]+")},
    ),
    "retry-after": ("When to come back, in seconds.", {"type": "integer", "minimum": 1}),
    "retry-after-ms": ("The same in milliseconds.", {"type": "integer", "minimum": 1}),
    "x-should-retry": (
        "Sent if the wait is over a minute: do not sleep it out.",
        exactly(_SENT["x-should-retry"]),
    ),
    "www-authenticate": ("How to authenticate.", exactly(_SENT["www-authenticate"])),
    "allow": ("The methods the path takes.", exactly(_SENT["allow"])),
}


def headers() -> dict[str, Part]:
    """Return every header, each required of the answers that refer to it but for a few."""
    return {
        name: _header(name, required=name not in _OPTIONAL, value=_SENT[name]) for name in _SAID
    }


def referring(names: Iterable[str]) -> dict[str, Part]:
    """Return an answer's headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def of_pages(names: Iterable[str]) -> dict[str, Part]:
    """Return the headers of an answer that is everybody's; two have other values there."""
    public = {name: {"$ref": f"#/components/headers/public-{name}"} for name in _PUBLIC}
    return {**referring([*USUAL, *names, *_OF_PAGES]), **public}


def sent_with(names: Iterable[str], error: ApiError) -> dict[str, Part]:
    """Return the headers of an error that other answers need not have, or not with that value."""
    return {name: _header(name, required=True, value=error.headers[name]) for name in names}


def _header(name: str, *, required: bool, value: str) -> Part:
    description, schema = _SAID[name]
    return {
        "description": description,
        "required": required,
        "schema": schema,
        "example": int(value) if schema["type"] == "integer" else value,
    }
