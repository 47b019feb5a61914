"""Where this copy of the book lives, read from its own repository.

On a forge's build machine ``GITHUB_REPOSITORY`` says it, elsewhere the remote ``origin`` does. So a
fork links to itself. Where neither names a public address there are no links, rather than wrong
ones. Everything here enters the pages as page context, never as configuration: a changed setting
would execute the book again.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config

SSH = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+):(?!//)(?P<path>[^:]+)")
PART = re.compile(r"(?!\.+$)[\w.-]+")
NOTEBOOKS = "_downloads/notebooks"


@dataclass(frozen=True)
class Repository:
    """A public repository: ``https://host/owner/name``."""

    host: str
    owner: str
    name: str
    branch: str = "HEAD"  # forges resolve it to the default branch
    notebook_branch: str = ""  # the branch that holds the built site, if one does
    port: str = ""

    @property
    def url(self) -> str:
        """Return the repository's address, without credentials."""
        return f"https://{self.host}{self.port}/{self.owner}/{self.name}"

    @property
    def pages_url(self) -> str:
        """Return the address of the published site, with a slash at its end; empty if unknown."""
        if self.host != "github.com":
            return ""
        site = f"{self.owner.lower()}.github.io"
        return f"https://{site}/" + ("" if self.name.lower() == site else f"{self.name}/")

    def source_url(self, path: str) -> str:
        """Return the address of a source file's view; empty on a forge of unknown layout."""
        return self._file("blob", path)

    def edit_url(self, path: str) -> str:
        """Return the address where a source file can be edited."""
        return self._file("edit", path)

    def colab_url(self, notebook: str) -> str:
        """Return the link that opens a published notebook in Colab.

        Colab reads from GitHub's branches, not from a site: so this needs the branch that holds the
        built site.
        """
        if self.host != "github.com" or not self.notebook_branch:
            return ""
        place = f"{self.owner}/{self.name}/blob/{self.notebook_branch}/{NOTEBOOKS}/{notebook}"
        return f"https://colab.research.google.com/github/{quote(place)}"

    def binder_url(self, notebook: str) -> str:
        """Return the link that opens a published notebook on Binder.

        Binder installs what ``binder/`` at the top of that branch asks for (see ``download.py``).
        """
        if self.host != "github.com" or not self.notebook_branch:
            return ""
        place = quote(f"{self.owner}/{self.name}/{self.notebook_branch}")
        return f"https://mybinder.org/v2/gh/{place}?labpath={quote(f'{NOTEBOOKS}/{notebook}')}"

    def _file(self, verb: str, path: str) -> str:
        """Return a file's page on the forge, in the layout of GitHub or GitLab."""
        if "github" in self.host:
            return f"{self.url}/{verb}/{quote(f'{self.branch}/{path}')}"
        if "gitlab" in self.host and self.branch != "HEAD":
            return f"{self.url}/-/{verb}/{quote(f'{self.branch}/{path}')}"
        return ""


def setup(app: Sphinx) -> None:
    """Give the site its address before anything uses it."""
    app.connect("config-inited", set_address, priority=400)


def set_address(app: Sphinx, config: Config) -> None:
    """Set where the site is published; these settings only have pages written, not executed."""
    home = repository(Path(app.srcdir))
    address = config.html_baseurl or (home.pages_url if home else "")
    if address:
        config.html_baseurl = address
        if "ogp_site_url" in config and not config.ogp_site_url:
            config.ogp_site_url = address


def repository(root: Path, environ: Mapping[str, str] = os.environ) -> Repository | None:
    """Return the public repository that this copy of the book belongs to, if there is one."""
    slug = environ.get("GITHUB_REPOSITORY", "").strip()
    if slug:
        server = environ.get("GITHUB_SERVER_URL", "").strip() or "https://github.com"
        found = parse(f"{server.rstrip('/')}/{slug}")
    else:
        found = parse(git(root, "remote", "get-url", "origin"))
    if found is None:
        return None
    host, port, owner, name = found
    return Repository(host, owner, name, _branch(root, environ), _notebooks(root, environ), port)


def parse(remote: str) -> tuple[str, str, str, str] | None:
    """Return host, port, owner and name of a remote's public address, or None.

    Credentials are dropped. Local paths, addresses without a dot in the host, and anything that
    does not end in exactly ``owner/name`` (GitLab's groups may nest) give None.

    >>> parse("https://user:secret@github.com/ada/book.git")
    ('github.com', '', 'ada', 'book')
    >>> parse("git@github.com:ada/book.git")
    ('github.com', '', 'ada', 'book')
    >>> parse("/srv/git/book.git") is None
    True
    """
    remote = remote.strip()
    port = ""
    if "://" in remote:
        try:
            parts = urlsplit(remote)
            host, number = parts.hostname or "", parts.port
        except ValueError:  # a broken port or bracket
            return None
        if parts.scheme not in {"https", "http", "ssh", "git"} or parts.query or parts.fragment:
            return None
        if number and parts.scheme == "https" and number != 443:
            port = f":{number}"
        path = parts.path
    else:
        match = SSH.fullmatch(remote)
        if match is None:
            return None
        host, path = match["host"].lower(), match["path"]
    names = path.strip("/").removesuffix(".git").split("/")
    least_one_dot = re.fullmatch(r"[\w-]+(\.[\w-]+)+", host)
    if not least_one_dot or re.fullmatch(r"[\d.]+", host) or len(names) < 2:
        return None
    if not all(PART.fullmatch(name) for name in names) or (len(names) > 2 and "gitlab" not in host):
        return None
    return host, port, "/".join(names[:-1]), names[-1]


@dataclass(frozen=True)
class Commit:
    """The commit at which a page was built; ``changed`` where the working tree differs from it."""

    id: str
    year: str
    changed: bool

    def __str__(self) -> str:
        return self.id + (" with changes" if self.changed else "")


@cache
def commit(root: Path) -> Commit | None:
    """Return the commit of the working tree; None without git."""
    line = git(root, "log", "-1", "--format=%h %cs").split()
    if len(line) != 2:
        return None
    changed = bool(git(root, "status", "--porcelain", "--untracked-files=no"))
    return Commit(line[0], line[1][:4], changed)


def git(root: Path, *arguments: str) -> str:
    """Return what git answers about the repository whose top is ``root``; empty if it cannot."""
    if not (root / ".git").exists():  # a copy inside somebody else's repository is not that one
        return ""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _branch(root: Path, environ: Mapping[str, str]) -> str:
    """Return the branch whose files the pages link to."""
    if environ.get("GITHUB_REF_TYPE") == "branch" and environ.get("GITHUB_REF_NAME"):
        return environ["GITHUB_REF_NAME"]
    head = git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return head.removeprefix("origin/") or "HEAD"


def _notebooks(root: Path, environ: Mapping[str, str]) -> str:
    """Return the branch of the built site: named by who publishes it, or known to this clone."""
    named = environ.get("DLBOOK_SITE_BRANCH", "").strip()
    if named:
        return named
    known = git(root, "rev-parse", "--verify", "--quiet", "refs/remotes/origin/gh-pages")
    return "gh-pages" if known else ""
