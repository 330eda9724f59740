"""The OpenAPI document names the function's routes, and no others."""

from api import handler
from contract.document import document
from contract.refusals import METHODS

PATHS = document()["paths"]


def served_by(path: str) -> str:
    """Return the name of what answers at ``path``."""
    return next(route.__name__ for pattern, route in handler.ROUTES if pattern.match(path))


def test_every_path_is_served_by_the_operation_it_names() -> None:
    for path, item in PATHS.items():
        assert served_by(path.replace("{model}", "openai/gpt-5")) == item["get"]["operationId"]


def test_every_route_is_named() -> None:
    routes = {route.__name__ for _, route in handler.ROUTES}

    assert {item["get"]["operationId"] for item in PATHS.values()} == routes


def test_the_methods_are_the_functions() -> None:
    assert tuple(handler.READ) == METHODS
    for item in PATHS.values():
        assert item.keys() - {"parameters"} == {method.lower() for method in handler.READ}
