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

    assert deployed.versions == ["$LATEST", "2", "4", "5"]


def test_versions_that_some_requests_go_to_are_kept(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=6)
    deployed.point(1, {"3": 0.1})

    printed = modelctl(operator, "prune", "--stack=st")

    assert printed.lines == ["2 versions deleted; kept: 1, 3, 5, 6."]
    assert deployed.versions == ["$LATEST", "1", "3", "5", "6"]


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

    assert printed.json == {"function": "st-api", "deleted": [2], "kept": [1, 3, 4]}


def test_without_a_stack_nothing_is_guessed(operator: Operator) -> None:
    printed = modelctl(operator, "prune")

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
