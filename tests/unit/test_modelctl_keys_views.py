"""Keys as people see them on a narrow terminal."""

import io

from rich.console import Console

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from modelctl.keys.views import key_table
from support.builders import key_record
from support.clock import NOON


def test_what_is_copied_from_a_list_is_whole_on_a_narrow_terminal() -> None:
    record = key_record(
        mint(),
        name="a name that is too long for its column",
        allowed_models=frozenset({"anthropic/claude-haiku-4.5", "openai/gpt-oss-120b"}),
        limits={Window.MONTH: 1_000_000},
    )
    screen = io.StringIO()

    Console(file=screen, width=80).print(key_table([record], NOON))

    assert f" {record.key.prefix}… " in screen.getvalue()
    assert max(map(len, screen.getvalue().splitlines())) <= 80
