"""``modelctl prune``: versions nobody needs go, and none that anybody does."""

import pytest

from support.deployed_stack import DeployedStack, denying
from support.operator import Operator, modelctl


def test_of_all_published_versions_the_newest_two_are_kept(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=11)
    deployed.point(11)

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.code == 0
    assert printed.lines == ["9 versions deleted; kept: 10, 11."]
    assert printed.err.splitlines() == [f"Version {each} is deleted." for each in range(1, 10)]
    assert deployed.versions == ["$LATEST", "10", "11"]


def test_the_version_that_answers_is_kept_however_old(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=5)
    deployed.point(2)

    modelctl(operator, "prune", "--stack=st")

    assert deployed.versions == ["$LATEST", "2", "5"]


def test_versions_that_some_requests_go_to_are_kept(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=6)
    deployed.point(1, {"3": 0.1})

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.lines == ["4 versions deleted; kept: 1, 3."]
    assert deployed.versions == ["$LATEST", "1", "3"]


def test_after_a_rollback_the_version_that_was_turned_back_to_outlives_the_one_that_was_not(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=3)
    deployed.point(3)

    printed = modelctl(operator, "prune", "--stack=st", "--keep=1")

    assert printed.lines == ["1 version deleted; kept: 1, 3."]
    assert printed.err == "Version 2 is deleted.\n"
    assert deployed.versions == ["$LATEST", "1", "3"]


def test_more_than_two_are_kept_if_more_are_named(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=6)
    deployed.point(6)

    printed = modelctl(operator, "prune", "--stack=st", "--keep=2", "--keep=4")

    assert printed.lines == ["3 versions deleted; kept: 2, 4, 6."]
    assert deployed.versions == ["$LATEST", "2", "4", "6"]


def test_where_the_one_to_keep_is_the_one_that_answers_the_newest_other_is_kept_too(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=4)
    deployed.point(4)

    modelctl(operator, "prune", "--stack=st", "--keep=4")

    assert deployed.versions == ["$LATEST", "3", "4"]


def test_if_a_version_to_keep_is_not_there_none_is_deleted(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=4)

    printed = modelctl(operator, "prune", "--stack=st", "--keep=44")

    assert (printed.code, printed.out) == (2, "")
    assert printed.err == "Error: There is no version 44 to keep; nothing was deleted.\n"
    assert deployed.versions == ["$LATEST", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("shifting", "options"), [({}, ["--keep 2"]), ({"3": 0.1}, ["--keep 2", "--keep 3"])]
)
def test_before_a_deployment_what_answers_is_printed_as_the_options_that_keep_it(
    shifting: dict[str, float],
    options: list[str],
    operator: Operator,
    deployed: DeployedStack,
) -> None:
    deployed.publish(up_to=4)
    deployed.point(2, shifting)

    printed = modelctl(operator, "prune", "--stack=st", "--remember")

    assert (printed.code, printed.lines, printed.err) == (0, options, "")
    assert deployed.versions == ["$LATEST", "1", "2", "3", "4"]


def test_scripts_are_told_what_answers_by_number(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.point(1)

    printed = modelctl(operator, "prune", "--stack=st", "--remember", "--json")

    assert printed.json == {"keep": [1]}


def test_before_a_first_deployment_there_is_nothing_to_keep(operator: Operator) -> None:
    printed = modelctl(operator, "prune", "--stack=st", "--remember")

    assert (printed.code, printed.out, printed.err) == (0, "", "")


def test_where_a_first_deployment_did_not_get_far_there_is_nothing_to_keep(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.delete_alias()
    without_alias = modelctl(operator, "prune", "--stack=st", "--remember")
    deployed.says(without=["ApiFunctionName"])
    without_function = modelctl(operator, "prune", "--stack=st", "--remember")

    assert (without_alias.code, without_alias.out) == (0, "")
    assert (without_function.code, without_function.out) == (0, "")


def test_what_cannot_be_read_before_a_deployment_is_not_taken_for_nothing(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.overlays["GetAlias"] = denying("lambda:GetAlias")

    printed = modelctl(operator, "prune", "--stack=st", "--remember")

    assert (printed.code, printed.out) == (3, "")
    assert "lack the permission lambda:GetAlias" in printed.err


@pytest.mark.parametrize("number", [1, 2])
def test_where_nothing_is_left_over_nothing_is_deleted(
    number: int, operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=number)
    before = deployed.versions

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.code == 0
    assert printed.lines[0].startswith("0 versions deleted; kept: 1")
    assert deployed.versions == before


def test_scripts_are_told_the_versions_by_number(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=4)

    printed = modelctl(operator, "prune", "--stack=st", "--json")

    assert printed.json == {"function": "st-api", "deleted": [2, 3], "kept": [1, 4]}


@pytest.mark.parametrize("options", [(), ("--remember",)])
def test_without_a_stack_nothing_is_guessed(options: tuple[str, ...], operator: Operator) -> None:
    printed = modelctl(operator, "prune", *options)

    assert (printed.code, printed.out) == (2, "")
    assert printed.err == "Error: Which stack? Give --stack NAME.\n"


def test_what_may_not_be_deleted_is_exit_code_3(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=4)
    deployed.overlays["DeleteFunction"] = denying("lambda:DeleteFunction")

    printed = modelctl(operator, "prune", "--stack=st")

    assert (printed.code, printed.out) == (3, "")
    assert "lack the permission lambda:DeleteFunction" in printed.err


def test_a_stack_without_the_function_is_told(operator: Operator, deployed: DeployedStack) -> None:
    deployed.says(without=["ApiFunctionName"])

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.code == 3
    assert "no output ApiFunctionName" in printed.err


def test_a_function_that_is_not_there_is_not_taken_for_a_table(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.delete_alias()

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.code == 3
    assert "table" not in printed.err
