"""``registry validate``: all problems of a document, or none."""

import pytest

from model_catalog.registry import schema_text
from model_catalog.snapshot import LARGEST_SOURCE
from support.documents import authored, document
from support.operator import Operator


def test_a_document_without_problems_is_valid(operator: Operator) -> None:
    path = operator.writes(document(authored("a"), authored("b")))

    printed = operator.types("validate", path)

    assert (printed.code, printed.err) == (0, "")
    assert printed.out == f"{path} is valid: 2 models, 0 warnings.\n"


def test_all_problems_are_told_with_their_paths(operator: Operator) -> None:
    broken = document(authored("a", priorty=1), authored("b", default_verbosity="low"))

    printed = operator.types("validate", operator.writes(broken))

    assert printed.code == 1
    assert printed.lines[:-1] == [
        "models[0].priorty: is no field; did you mean `priority`?",
        "models[1].default_verbosity: the model does not have support_verbosity",
    ]
    assert printed.lines[-1].endswith("registry.json is not valid: 2 problems.")


def test_warnings_alone_are_no_reason_to_refuse(operator: Operator) -> None:
    warned = {"models": [authored("a")]}

    printed = operator.types("validate", operator.writes(warned))

    assert printed.code == 0
    assert printed.lines[0].startswith("Warning: models[0]: `a` is left out of Codex's catalog")
    assert printed.lines[1].endswith("is valid: 1 model, 1 warning.")


def test_scripts_are_told_problems_and_warnings_apart(operator: Operator) -> None:
    wrong = operator.types("validate", operator.writes({"models": [{}]}), "--json")
    right = operator.types("validate", operator.writes({"models": [authored("a")]}), "--json")

    assert (wrong.code, right.code) == (1, 0)
    assert wrong.json["valid"] is False
    assert {"path": "models[0].id", "message": "is required"} in wrong.json["problems"]
    assert right.json["valid"] is True
    assert right.json["models"] == 1
    assert len(right.json["sha256"]) == 64
    assert [each["path"] for each in right.json["warnings"]] == ["models[0]"]
    assert right.json["problems"] == []


def test_standard_input_is_read_in_place_of_a_file(operator: Operator) -> None:
    printed = operator.types("validate", "-", stdin=b'{"models": []}')

    assert (printed.code, printed.out) == (0, "- is valid: 0 models, 0 warnings.\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is not JSON: line 1, column 1: Expecting value."),
        (b'{"models": [', "The file is not JSON: line 1, column 13: Expecting value."),
        (b'\xef\xbb\xbf{"models": []}', "The file starts with a byte order mark."),
        ('{"models": "ü"}'.encode("latin-1"), "The file is not UTF-8: byte 12 cannot be read."),
        (b'{"models": [NaN]}', "NaN is not JSON."),
        (b'{"models": [], "models": []}', "An object has the key 'models' more than once."),
        (b"[" * 10_000 + b"]" * 10_000, "The file is nested too deeply."),
        (b" " * (LARGEST_SOURCE + 1), "The file is larger than 20,971,520 bytes."),
        (b"\xff\xfe" + '{"models": []}'.encode("utf-16-le"), "The file is not UTF-8"),
    ],
)
def test_a_broken_file_is_one_clear_problem(
    content: bytes, problem: str, operator: Operator
) -> None:
    from_file = operator.types("validate", operator.writes(content))
    from_stdin = operator.types("validate", "-", stdin=content)

    for printed in (from_file, from_stdin):
        assert printed.code == 1
        assert printed.lines[0].startswith(problem)
        assert len(printed.lines) == 2


def test_a_file_that_cannot_be_read_is_wrong_usage(operator: Operator) -> None:
    absent = operator.types("validate", operator.folder / "absent.json")
    folder = operator.types("validate", operator.folder, "--json")

    assert (absent.code, absent.out) == (2, "")
    assert absent.err == f"Error: {operator.folder}/absent.json: No such file or directory.\n"
    assert folder.code == 2
    assert folder.json == {
        "error": {"message": f"{operator.folder}: Is a directory.", "problems": []}
    }


def test_the_schema_is_printed_as_it_is_stored(operator: Operator) -> None:
    for options in ([], ["--json"]):
        printed = operator.types("schema", *options)

        assert (printed.code, printed.out, printed.err) == (0, schema_text(), "")
