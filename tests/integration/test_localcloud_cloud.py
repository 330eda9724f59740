"""The local cloud starts and stops without a trace."""

import errno
import http.client
import json
import os
import socket
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from localcloud.cloud import AWS_ENV_FILE, KEYS_FILE, LocalCloud, PortUnavailableError, Serving
from model_catalog.registry_source import InvalidRegistryError
from support.ports import free_port

REGISTRY = {
    "codex_defaults": {"base_instructions": "Be brief."},
    "models": [{"id": "a", "display_name": "A", "context_window": 1000}],
}


def status(cloud: Serving, path: str, key: str = "unrestricted") -> int:
    headers = {"Authorization": f"Bearer {cloud.keys[key]}"}
    with closing(http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def registry(folder: Path, **changes: object) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps(REGISTRY | changes))
    return path


def test_secrets_outlive_a_restart(tmp_path: Path) -> None:
    path = registry(tmp_path)
    with LocalCloud(folder=tmp_path, registry=path) as first:
        pass
    with LocalCloud(folder=tmp_path, registry=path) as second:
        assert status(second, "/v1/models/a") == 200
        assert status(second, "/v1/models/a", "restricted") == 404

    assert second.keys == first.keys


def test_secrets_that_are_none_or_twice_the_same_are_replaced(tmp_path: Path) -> None:
    path = registry(tmp_path)
    with LocalCloud(folder=tmp_path, registry=path) as first:
        pass
    kept = first.keys["unrestricted"]
    (tmp_path / KEYS_FILE).write_text(
        json.dumps({"unrestricted": kept, "restricted": kept, "limited": kept[:-1] + "!"})
    )
    with LocalCloud(folder=tmp_path, registry=path) as second:
        pass

    assert second.keys["unrestricted"] == kept
    assert len(set(second.keys.values())) == 3
    assert second.keys["limited"].startswith("sk-clb-")


def test_the_author_is_told_what_to_look_at_again(tmp_path: Path) -> None:
    path = registry(tmp_path, codex_defaults={})
    with LocalCloud(folder=tmp_path, registry=path) as serving:
        assert len(serving.warnings) == 1
        assert "a" in serving.warnings[0]


def test_a_wrong_registry_leaves_nothing_behind(tmp_path: Path) -> None:
    before = dict(os.environ)
    port = free_port()

    with (
        pytest.raises(InvalidRegistryError) as raised,
        LocalCloud(port=port, folder=tmp_path, registry=registry(tmp_path, models=[{}])),
    ):
        pass

    assert len(raised.value.problems) == 3
    assert dict(os.environ) == before
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(PortUnavailableError, match=rf"{port}.*taken.*make run PORT="),
            LocalCloud(port=port, folder=tmp_path),
        ):
            pass

    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_forbidden_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("socketserver.TCPServer.server_bind", refuse)

    with (
        pytest.raises(PortUnavailableError, match=r"port 80 of .*: Permission denied"),
        LocalCloud(port=80, folder=tmp_path),
    ):
        pass


def test_a_server_on_all_addresses_names_one_that_works(tmp_path: Path) -> None:
    with LocalCloud(host="0.0.0.0", folder=tmp_path, registry=registry(tmp_path)) as serving:  # noqa: S104 - it is the point
        assert status(serving, "/health") == 200

    assert serving.url.startswith("http://127.0.0.1:")


def test_the_function_is_imported_anew_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {name: ModuleType(name) for name in ("api.handler", "model_catalog.rendering")}
    for name, module in held.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "model_catalog.admission")
    before = own_modules()

    with LocalCloud(folder=tmp_path, registry=registry(tmp_path)) as serving:
        assert status(serving, "/v1/models/a") == 200

    assert own_modules() == before
    assert held.items() <= before.items()


def own_modules() -> dict[str, ModuleType]:
    return {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] in {"api", "model_catalog"}
    }


def test_the_exports_go_with_the_cloud_they_lead_to(tmp_path: Path) -> None:
    with LocalCloud(folder=tmp_path, registry=registry(tmp_path)):
        there = (tmp_path / AWS_ENV_FILE).exists()

    assert there
    assert not (tmp_path / AWS_ENV_FILE).exists()


def test_the_exports_of_another_cloud_stay(tmp_path: Path) -> None:
    with LocalCloud(folder=tmp_path, registry=registry(tmp_path)):
        (tmp_path / AWS_ENV_FILE).write_text("another's")

    assert (tmp_path / AWS_ENV_FILE).read_text() == "another's"
