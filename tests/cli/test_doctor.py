"""``dlbook doctor``: what is here, what is broken, and what is only absent."""

from importlib import metadata

import pytest

from dlbook.cli import _doctor


@pytest.fixture
def report(dlbook, tmp_path, monkeypatch):
    """Return a function that calls the doctor and returns its lines by name, and the result."""
    monkeypatch.setenv("DLBOOK_DATA", str(tmp_path / "data"))
    for name in ("DLBOOK_DEVICE", "DLBOOK_SEED"):
        monkeypatch.delenv(name, raising=False)

    def call():
        result = dlbook("doctor")
        lines = {line[6:18].strip(): line for line in result.stdout.splitlines()}
        return lines, result

    return call


def test_a_sound_machine(report):
    lines, result = report()
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert set(lines) >= {"python", "dlbook", "torch", "numpy", "device", "seed", "threads"}
    assert set(lines) >= {"data folder", "chapters", "extra book", "extra test"}
    assert lines["torch"] == f"[ok]  torch        {metadata.version('torch')}"
    assert "DLBOOK_DEVICE is not set" in lines["device"]
    assert "0: DLBOOK_SEED is not set" in lines["seed"]
    assert "is made by the first download" in lines["data folder"]
    assert lines["data folder"].startswith("[--]")


def test_settings_are_told(report, monkeypatch, tmp_path):
    monkeypatch.setenv("DLBOOK_DEVICE", "cpu")
    monkeypatch.setenv("DLBOOK_SEED", "7")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "data").mkdir()
    lines, result = report()
    assert result.exit_code == 0
    assert "cpu: DLBOOK_DEVICE=cpu" in lines["device"]
    assert "7: DLBOOK_SEED is set" in lines["seed"]
    assert "OMP_NUM_THREADS=1" in lines["threads"]
    assert "0 of 10 files" in lines["data folder"]
    assert "GB free" in lines["data folder"]


@pytest.mark.parametrize(
    ("name", "value", "line", "words"),
    [
        ("DLBOOK_DEVICE", "toaster", "device", "is not a device; expected cpu, cuda"),
        ("DLBOOK_DEVICE", "cuda:77", "device", "does not find here"),
        ("DLBOOK_SEED", "first", "seed", "must be a whole number"),
    ],
)
def test_a_setting_that_cannot_be_fails(report, monkeypatch, name, value, line, words):
    monkeypatch.setenv(name, value)
    lines, result = report()
    assert result.exit_code == 1
    assert lines[line].startswith("[!!]")
    assert words in lines[line]
    assert result.stderr.startswith("dlbook: 1 line marked [!!] above")
    assert "Traceback" not in result.output


def test_a_data_folder_that_is_a_file(report, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    lines, result = report()
    assert result.exit_code == 1
    assert "is a file; set DLBOOK_DATA" in lines["data folder"]


def test_a_data_folder_that_cannot_be_written_to(report, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    real = _doctor.os.access  # root may write anywhere, so permissions alone do not show it

    def access(path, mode):
        return path != tmp_path / "data" and real(path, mode)

    monkeypatch.setattr(_doctor.os, "access", access)
    lines, result = report()
    assert result.exit_code == 1
    assert "cannot be written to" in lines["data folder"]


def test_an_altered_file(report, tmp_path):
    folder = tmp_path / "data" / "tiny_shakespeare"
    folder.mkdir(parents=True)
    (folder / "input.txt").write_text("To be, or not")
    lines, result = report()
    assert result.exit_code == 1
    assert "not as published: input.txt" in lines["data folder"]


def test_a_missing_or_old_package_of_the_library_is_broken(report, monkeypatch):
    real = metadata.version

    def version(name):
        if name == "scipy":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "scikit-learn" else real(name)

    monkeypatch.setattr(_doctor.metadata, "version", version)
    lines, result = report()
    assert result.exit_code == 1
    assert lines["scipy"].startswith("[!!]")
    assert "is missing; pip install" in lines["scipy"]
    assert "is 1.0, needed is >=1.5" in lines["scikit-learn"]
    assert "2 lines marked" in result.stderr


def test_a_missing_extra_is_only_told(report, monkeypatch):
    real = metadata.version

    def version(name):
        if name in ("nbclient", "playwright"):
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(_doctor.metadata, "version", version)
    lines, result = report()
    assert result.exit_code == 0
    assert lines["extra book"].startswith("[--]")
    assert 'nbclient is missing; get with: pip install "dlbook[book]"' in lines["extra book"]
    assert 'pip install "dlbook[test]"' in lines["extra test"]


def test_a_package_that_does_not_import_is_broken(report, monkeypatch):
    import importlib

    real = importlib.import_module

    def import_module(name, *rest):
        if name == "numpy":
            raise OSError("libgfortran.so.5: cannot open shared object file")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", import_module)
    lines, result = report()
    assert result.exit_code == 1
    assert "does not import: OSError: libgfortran" in lines["numpy"]


def test_without_the_repository(report, monkeypatch):
    monkeypatch.setattr("dlbook.cli._book.find_book", lambda: None)
    lines, result = report()
    assert result.exit_code == 0
    assert lines["chapters"].startswith("[--]  chapters     not here: clone the repository")


def test_a_broken_table_of_contents(report, book):
    book.write("_toc.yml", "a: [")
    lines, result = report()
    assert result.exit_code == 1
    assert "_toc.yml cannot be read" in lines["chapters"]
