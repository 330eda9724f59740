"""The API as its callers reach it: over HTTP, with or without a key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError

from model_catalog.snapshot import Json
from modelctl.failures import AwsError, WrongUsageError

_TIMEOUT = urllib3.Timeout(connect=5, read=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are in lower case, and a body that is no JSON is text."""

    status: int
    headers: Mapping[str, str]
    body: Json

    @property
    def error_code(self) -> Json:
        """Return the code in the API's error envelope, if there is one."""
        match self.body:
            case {"error": {"code": code}}:
                return code
        return None


def checked(secret: str) -> str:
    """Return ``secret`` without the white space around it.

    Raises:
        WrongUsageError: it cannot be one.
    """
    secret = secret.strip()
    if not secret.isascii() or not secret.isprintable() or not secret:
        raise WrongUsageError("SECRET is empty, or has characters that no key has.")
    return secret


def ask(url: str, path: str, secret: str | None = None) -> Reply:
    """Send one GET request to the API at ``url``.

    Raises:
        AwsError: it cannot be reached.
    """
    try:
        response = urllib3.request(
            "GET",
            url + path,
            headers={} if secret is None else {"authorization": f"Bearer {secret}"},
            timeout=_TIMEOUT,
            retries=False,
        )
    except (HTTPError, ValueError) as error:
        raise AwsError(
            f"{url} cannot be reached ({type(error).__name__}). Check --url, the stack and the"
            " network."
        ) from error
    text = response.data.decode(errors="replace")
    try:
        body: Json = json.loads(text)
    except ValueError:
        body = text
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status, headers, body)
