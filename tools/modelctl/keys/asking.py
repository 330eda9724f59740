"""``keys test``: asks the API itself, as the holder of a secret would."""

from collections.abc import Iterator

import typer
from rich.text import Text

from model_catalog.api_keys import masked
from model_catalog.snapshot import Json
from modelctl.api_client import ask, checked
from modelctl.documents import counted
from modelctl.failures import WrongUsageError
from modelctl.output import Output, line

_PATH = "/v1/models"
_REFUSED = 1  # what scripts see, as of any check that said no
_SUCCESS = 200
_IDS_SHOWN = 10
_TELLING = ("x-request-id", "retry-after", "x-should-retry", "www-authenticate")


def ask_api(url: str | None, secret: str, output: Output) -> None:
    """Print what the API at ``url`` answers to ``secret``; that counts as one request.

    Raises:
        AwsError: the API cannot be reached.
        WrongUsageError: nobody said where it is, or there is no secret.
        typer.Exit: it refuses the secret.
    """
    if url is None:
        raise WrongUsageError(
            "Where is the API? Give --url URL or --stack NAME, or set MODEL_CATALOG_URL;"
            " for a running `make run`:  . .local/aws.env"
        )
    secret, url = checked(secret), url.rstrip("/")
    reply = ask(url, _PATH, secret)
    status, headers, body = reply.status, reply.headers, reply.body
    output.answer(
        {"url": f"{url}{_PATH}", "status": status, "headers": {**headers}, "body": body},
        line(f"{masked(secret)} at {url}{_PATH}: {status}", _style(status)),
        *_body_lines(body),
        *(line(f"  {name}: {headers[name]}") for name in headers if _tells(name)),
    )
    if status != _SUCCESS:
        raise typer.Exit(_REFUSED)


def _body_lines(body: Json) -> Iterator[Text]:
    match body:
        case {"error": {"message": str(message), "type": kind, "code": code}}:
            yield line(f"  {message}")
            yield line(f"  type: {kind}, code: {code}")
        case {"data": list(models)}:
            yield line(f"  {counted(len(models), 'model')}, in the API's order:")
            for model in models[:_IDS_SHOWN]:
                yield line(f"    {model.get('id') if isinstance(model, dict) else model}")
            if len(models) > _IDS_SHOWN:
                yield line(f"    ... and {len(models) - _IDS_SHOWN:,} more (all of them: --json)")
        case _:
            yield line(f"  {body}: not this API's own answer; a gateway's, perhaps.")


def _tells(name: str) -> bool:
    return name in _TELLING or "ratelimit" in name


def _style(status: int) -> str:
    return "bold green" if status == _SUCCESS else "bold red"
