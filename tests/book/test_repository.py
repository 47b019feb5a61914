"""Where the book says that it lives."""

import subprocess

import pytest
from dlbook_site.repository import Commit, Repository, commit, git, parse, repository

GITHUB = ("github.com", "", "ada", "book")


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/ada/book", GITHUB),
        ("https://github.com/ada/book.git", GITHUB),
        ("https://github.com/ada/book/", GITHUB),
        ("https://GitHub.com/ada/book", GITHUB),
        ("https://ada:secret@github.com/ada/book.git", GITHUB),
        ("https://x-access-token:ghs_123@github.com/ada/book", GITHUB),
        ("git@github.com:ada/book.git", GITHUB),
        ("ssh://git@github.com/ada/book.git", GITHUB),
        ("ssh://git@github.com:22/ada/book.git", GITHUB),
        ("git://github.com/ada/book.git", GITHUB),
        ("https://git.example.org:8443/ada/book", ("git.example.org", ":8443", "ada", "book")),
        ("https://gitlab.com/group/sub/book.git", ("gitlab.com", "", "group/sub", "book")),
    ],
)
def test_public_remotes_are_understood(remote, expected):
    assert parse(remote) == expected


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/book.git",
        "../book.git",
        "./book",
        "C:\\git\\book",
        "C:/git/book",
        "file:///srv/git/book.git",
        "host:/srv/git/book.git",
        "localhost:ada/book",
        "http://127.0.0.1:3000/ada/book.git",
        "http://[::1]/ada/book",
        "https://github.com/",
        "https://github.com/ada",
        "https://github.com/ada/book/tree/main",
        "https://github.com/../book",
        "https://github.com/ada/bo ok",
        "https://github.com/ada/book?token=1",
        "https://github.com:port/ada/book",
        "https://github.com/<ada>/book",
        'https://github.com/ada/"onclick="x',
        "javascript://github.com/ada/book",
        "ext::sh -c evil",
    ],
)
def test_local_and_odd_remotes_are_ignored(remote):
    assert parse(remote) is None


def test_a_fork_links_to_itself(tmp_path):
    fork = repository(tmp_path, {"GITHUB_REPOSITORY": "bea/book"})
    assert fork is not None
    assert fork.url == "https://github.com/bea/book"
    assert fork.pages_url == "https://bea.github.io/book/"
    assert fork.source_url("book/a b.md") == "https://github.com/bea/book/blob/HEAD/book/a%20b.md"
    assert fork.edit_url("book/x.md") == "https://github.com/bea/book/edit/HEAD/book/x.md"


def test_a_repository_named_like_its_site_is_the_site():
    assert Repository("github.com", "Ada", "ada.github.io").pages_url == "https://ada.github.io/"


def test_the_forge_names_server_and_branch(tmp_path):
    environ = {
        "GITHUB_REPOSITORY": "ada/book",
        "GITHUB_SERVER_URL": "https://github.example.org",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REF_NAME": "main",
    }
    home = repository(tmp_path, environ)
    assert home is not None
    assert home.source_url("x.md") == "https://github.example.org/ada/book/blob/main/x.md"
    assert home.pages_url == ""
    assert home.colab_url("x.ipynb") == ""


def test_colab_and_binder_need_a_branch_that_holds_the_notebooks(tmp_path):
    plain = repository(tmp_path, {"GITHUB_REPOSITORY": "ada/book"})
    assert plain is not None
    assert (plain.colab_url("x.ipynb"), plain.binder_url("x.ipynb")) == ("", "")
    published = repository(
        tmp_path, {"GITHUB_REPOSITORY": "ada/book", "DLBOOK_SITE_BRANCH": "gh-pages"}
    )
    assert published is not None
    assert published.colab_url("network/x.ipynb") == (
        "https://colab.research.google.com/github/ada/book/blob/gh-pages/"
        "_downloads/notebooks/network/x.ipynb"
    )
    assert published.binder_url("x.ipynb") == (
        "https://mybinder.org/v2/gh/ada/book/gh-pages?labpath=_downloads/notebooks/x.ipynb"
    )


def test_a_forge_of_unknown_layout_gets_no_guessed_links():
    elsewhere = Repository("git.example.org", "ada", "book", "main")
    assert elsewhere.url == "https://git.example.org/ada/book"
    assert (elsewhere.source_url("x.md"), elsewhere.edit_url("x.md")) == ("", "")
    gitlab = Repository("gitlab.com", "ada", "book", "main")
    assert gitlab.source_url("x.md") == "https://gitlab.com/ada/book/-/blob/main/x.md"


@pytest.fixture
def clone(tmp_path):
    """A git repository with one commit and no remote."""
    for arguments in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        _git(tmp_path, *arguments)
    return tmp_path


def test_the_remote_is_read_and_its_credentials_are_not_kept(clone):
    assert repository(clone, {}) is None
    _git(clone, "remote", "add", "origin", "https://ada:secret@github.com/ada/book.git")
    home = repository(clone, {})
    assert home is not None
    assert home.url == "https://github.com/ada/book"
    assert "secret" not in repr(home)


def test_a_local_remote_gives_no_links(clone):
    _git(clone, "remote", "add", "origin", "/srv/git/book.git")
    assert repository(clone, {}) is None


def test_a_copy_inside_another_repository_does_not_take_its_address(clone):
    _git(clone, "remote", "add", "origin", "https://github.com/ada/other.git")
    (clone / "copy").mkdir()
    assert repository(clone / "copy", {}) is None
    assert git(clone / "copy", "log") == ""


def test_the_commit_says_whether_files_differ_from_it(clone):
    (clone / "page.md").write_text("one", encoding="utf8")
    _git(clone, "add", "page.md")
    _git(clone, "commit", "-q", "-m", "two")
    commit.cache_clear()
    clean = commit(clone)
    assert clean is not None
    assert str(clean) == _git(clone, "rev-parse", "--short", "HEAD")
    (clone / "page.md").write_text("two", encoding="utf8")
    commit.cache_clear()
    assert str(commit(clone)) == f"{clean} with changes"


def test_without_git_there_is_no_commit(tmp_path):
    assert commit(tmp_path) is None
    assert str(Commit("abc1234", "2026", False)) == "abc1234"


def _git(folder, *arguments):
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=0"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
