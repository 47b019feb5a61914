"""Fixtures for downloads: a server on 127.0.0.1, a data folder, a registry of small files."""

import hashlib

import pytest
from data_helpers import BODY, FILE, NAME, Server

from dlbook.data import _cache, _http
from dlbook.data._registry import DATASETS, Dataset, RemoteFile


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The data folder; a second try does not wait."""
    monkeypatch.setenv("DLBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_cache, "PAUSE_SECONDS", 0.0)
    return tmp_path / "data"


@pytest.fixture
def impatient(monkeypatch):
    """A time-out that a test can wait for."""
    monkeypatch.setattr(_http, "SILENCE_SECONDS", 0.3)


@pytest.fixture
def register(monkeypatch):
    """Replace a data set of the registry by files with given contents and addresses."""

    def replace(name, contents, urls):
        files = tuple(
            RemoteFile(file, hashlib.sha256(content).hexdigest(), len(content), tuple(urls(file)))
            for file, content in contents.items()
        )
        monkeypatch.setitem(DATASETS, name, Dataset(DATASETS[name].folders, files))

    return replace


@pytest.fixture
def serve(server, folder, register):
    """Register the text under some routes, tried in turn."""

    def routes(*functions, content=BODY):
        urls = [server.add(f"/{place}", function) for place, function in enumerate(functions)]
        register(NAME, {FILE: content}, lambda _: urls)
        return server

    return routes
