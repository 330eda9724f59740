"""Secrets, digests and other people's models appear where they are meant to, and nowhere else."""

import json
import re
from hashlib import sha256
from typing import Any

import pytest

from model_catalog.api_keys import hash_secret
from support.builders import entry
from support.operator import Operator, keys
from support.operator import Printed as CommandOutput
from support.stack import Api, Printed

FOREIGN = "acme/secret-model"  # which the key may not use
IMPORTED = "sk-clb-" + "Ab3_" * 10 + "xyz"
FAILING = (  # each fails, and says why
    ("create", "", "--limit", "minute=0"),
    ("create", "x", "--ip", "nowhere"),
    ("update", "k", "--remove-allow", "acme/*"),
    ("rotate", "k"),
    ("enable", "k"),
)


def rows(secret: str) -> str:
    """Return a codex-lb's row of the key ``secret`` opens."""
    row = {
        "id": "1",
        "name": "imported",
        "key_hash": sha256(secret.encode()).hexdigest(),
        "key_prefix": secret[:15],
        "allowed_models": json.dumps(["a"]),
        "is_active": True,
    }
    return json.dumps(row)


def told(printed: CommandOutput) -> str:
    return printed.out + printed.err


def trail_of(api: Api) -> str:
    """Return everything the table holds of the trails."""
    items: list[Any] = api.aws.dynamodb.scan(TableName="keys")["Items"]
    return json.dumps([item for item in items if item["pk"]["S"].startswith("AUDIT#")])


@pytest.fixture
def everything(api: Api, operator: Operator, printed: Printed) -> tuple[dict[str, str], list[str]]:
    """Walk through a whole life; return all that was written, by where, and all the secrets."""
    api.publish(entry("a"), entry(FOREIGN))
    commands: list[str] = []
    answers: list[str] = []

    def types(*arguments: str, stdin: str | None = None) -> None:
        commands.append(told(keys(operator, *arguments, stdin=stdin)))

    def shows(*arguments: str) -> str:
        """Return the secret that is printed, this once, by a command that prints nothing else."""
        done = keys(operator, *arguments, "--quiet")
        assert done.code == 0, done.err
        commands.append(done.err)
        return done.out.strip()

    def asks(secret: str, *paths: str, **details: Any) -> None:
        for path in paths:
            reply = api.get(path, secret, **details)
            answers.append(f"{reply.text} {dict(reply.headers)}")

    first = shows("create", "k", "--allow", "a", "--limit", "minute=4", "--owner", "o")
    paths = ("/v1/models", f"/v1/models/{FOREIGN}", "/v1/usage", "/v1/models?limit=0")
    asks(first, *paths, *paths)
    second = shows("rotate", "k")
    asks(second, *paths)
    wrong = second[:30] + ("x" if second[30] != "x" else "y") + second[31:]
    asks(wrong, "/v1/models", "/v1/usage")
    types("import", "-", stdin=rows(IMPORTED))
    types("import", "-", stdin=rows(IMPORTED))
    asks(IMPORTED, *paths)
    for command in ("show", "usage", "audit", "disable", "enable"):
        types(command, "k")
        types(command, "k", "--json")
        types(command, first, "--debug")
        asks(second, "/v1/models")
    types("allows", "k", "a")
    types("list")
    types("list", "--json")
    types("audit", "--json")
    types("test", second, "--url", "http://127.0.0.1:1", "--debug")
    types("show", wrong)
    types("update", "k", "--ip", "10.0.0.0/8", "--json")
    asks(second, "/v1/models")
    types("revoke", "k", "--yes")
    asks(second, "/v1/models")
    for arguments in FAILING:
        types(*arguments)
        types(*arguments, "--json", "--debug")
    types("delete", "k")
    asks(second, "/v1/models")
    output = printed.read()
    written = {
        "the commands": "\n".join(commands),
        "the answers": "\n".join(answers),
        "the trail": trail_of(api),
        "the log and the metrics": output.text,
    }
    return written, [first, second, wrong, IMPORTED]


def test_no_secret_and_no_digest_is_written_anywhere_but_where_it_is_shown(
    everything: tuple[dict[str, str], list[str]],
) -> None:
    written, secrets = everything

    for where, text in written.items():
        assert len(text) > 1000, where  # there is something to search
        for secret in secrets:
            digest = hash_secret(secret)
            assert secret not in text, where
            assert secret[23:-4] not in text, where  # what is left without prefix, id and end
            assert digest not in text, where
            assert digest[16:] not in text, where  # an imported key's id is how its digest begins
            assert not re.search(re.escape(secret[:8]) + r"\S{9,}" + re.escape(secret[-4:]), text)


def test_no_model_the_key_may_not_use_is_told_but_by_whoever_asks_for_it(
    everything: tuple[dict[str, str], list[str]],
) -> None:
    written, _ = everything

    for where in ("the commands", "the trail", "the log and the metrics"):
        assert FOREIGN not in written[where], where
    told_back = f"No model `{FOREIGN}` is available to this API key."
    assert FOREIGN not in written["the answers"].replace(told_back, "")


def test_the_table_holds_no_secret(api: Api, operator: Operator) -> None:
    secret = keys(operator, "create", "k", "--quiet").out.strip()

    stored = json.dumps(api.aws.dynamodb.scan(TableName="keys")["Items"])

    assert secret[23:] not in stored
    assert hash_secret(secret) in stored
