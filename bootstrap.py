#!/usr/bin/env python3
"""Set ikou up in this folder and run it, on a machine that has only Python, git and a package index.

    python3 bootstrap.py demo          set up, make the sample city and run every area on it
    python3 bootstrap.py test          set up and run the tests
    python3 bootstrap.py COMMAND …     set up and run `ikou COMMAND …`

Everything goes into `.venv` and `.tools` of this folder: the locked dependencies through uv, and uv itself where the
machine has none. uv is looked for on PATH, then asked of pip, then fetched as a wheel from the package index: a Python
without pip or venv, or one that is externally managed (PEP 668), is enough. Only the standard library is imported here.
"""

from __future__ import annotations

import hashlib
import html.parser
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
ENVIRONMENT = ROOT / ".venv"
OLDEST_UV = (0, 8)
PYPI = "https://pypi.org/simple"


def say(text: str) -> None:
    """One plain line to the terminal, on stderr: stdout belongs to the command."""
    sys.stderr.write(f"bootstrap: {text}\n")


def uv_version(uv: Path | str) -> tuple[int, ...]:
    """Version of a uv program; () when it does not run."""
    try:
        answer = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else ()


def pip_setting(name: str) -> str:
    """A value of the user's own pip configuration (environment, then `pip config`), "" when there is none."""
    from_environment = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if from_environment:
        return from_environment
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{name}"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() if answer.returncode == 0 else ""


def package_index() -> str:
    """Address of the package index that this machine is set up for: uv's settings first, then pip's, then PyPI."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return re.sub(r"^[^:/]+=", "", os.environ[name]).rstrip("/")  # an index may be written name=address
    return (pip_setting("index-url") or PYPI).rstrip("/")


class Links(html.parser.HTMLParser):
    """The links of a simple index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep every address; a yanked release is left out."""
        named = dict(attrs)
        if tag == "a" and named.get("href") and "data-yanked" not in named:
            self.found.append(str(named["href"]))


def fetch(address: str, accept: str = "*/*") -> tuple[bytes, str, str]:
    """Content, content type and final address."""
    request = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "ikou-bootstrap"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read(), answer.headers.get_content_type(), answer.url


def wheel_fits(filename: str) -> bool:
    """Whether a uv wheel (`uv-1.2.3-py3-none-PLATFORM.whl`) runs on this machine."""
    tag = filename.removesuffix(".whl").rsplit("-", 1)[-1]
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if sys.platform == "darwin":
        return tag.startswith("macosx") and machine.replace("aarch64", "arm64") in tag
    musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    return ("musllinux" if musl else "manylinux") in tag and tag.endswith(machine.replace("arm64", "aarch64"))


def download_uv(index: str, target: Path) -> None:
    """Fetch the newest uv wheel that fits from a simple index (JSON or HTML), check its hash and unpack it."""
    page, kind, base = fetch(f"{index}/uv/", "application/vnd.pypi.simple.v1+json, text/html;q=0.5")
    if kind.endswith("json"):
        links = [
            f"{file['url']}#sha256={file.get('hashes', {}).get('sha256', '')}"
            for file in json.loads(page)["files"] if not file.get("yanked")
        ]
    else:
        parser = Links()
        parser.feed(page.decode("utf-8"))
        links = parser.found
    wheels = []
    for link in links:
        address, _, fragment = urllib.parse.urljoin(base, link).partition("#")
        name = urllib.parse.unquote(address.rsplit("/", 1)[-1])
        version = re.fullmatch(r"uv-(\d+)\.(\d+)\.(\d+)-py3-none-.+\.whl", name)
        if version and wheel_fits(name):
            wheels.append((tuple(int(part) for part in version.groups()), address, fragment))
    if not wheels:
        raise SystemExit(f"bootstrap: {index} has no uv for {sys.platform} {platform.machine()}. Install uv by hand.")
    _, address, fragment = max(wheels)
    content = fetch(address)[0]
    expected = fragment.removeprefix("sha256=")
    if fragment.startswith("sha256=") and expected and hashlib.sha256(content).hexdigest() != expected:
        raise SystemExit(f"bootstrap: {address} is not what the index says: expected SHA-256 {expected}. Try again.")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        member = next(name for name in wheel.namelist() if re.search(r"\.data/scripts/uv$", name))
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_bytes(wheel.read(member))
    fresh.chmod(0o755)
    fresh.replace(target)


def find_uv() -> str:
    """A uv that is new enough: on PATH, from an earlier call, by pip, or as a wheel from the index."""
    on_path = shutil.which("uv")
    if on_path and uv_version(on_path) >= OLDEST_UV:
        return on_path
    own = TOOLS / "bin" / "uv"
    if uv_version(own) >= OLDEST_UV:
        return str(own)
    say("fetching uv (about 20 MB) into .tools")
    # --target also works where PEP 668 forbids an install: nothing of the system's Python is touched.
    by_pip = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(TOOLS), "uv"],
        capture_output=True, text=True, check=False,
    )
    if by_pip.returncode != 0 or uv_version(own) < OLDEST_UV:
        try:
            download_uv(package_index(), own)
        except OSError as error:
            reason = by_pip.stderr.strip().splitlines()[-1:] or ["no pip"]
            raise SystemExit(
                f"bootstrap: uv cannot be had: {package_index()} says {error}; pip says {reason[0]}. "
                "Check the network, or set PIP_INDEX_URL to your package index."
            ) from None
    return str(own)


def set_up(uv: str, *, with_tests: bool) -> None:
    """Bring `.venv` to exactly what uv.lock names, from the package index of this machine."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment |= {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT), "UV_PYTHON_DOWNLOADS": "never"}
    certificates = pip_setting("cert")
    if certificates:
        environment.setdefault("SSL_CERT_FILE", certificates)
    if not ENVIRONMENT.exists():
        say("setting up .venv (the first time: a few hundred MB, about a minute)")
    groups = [] if with_tests else ["--no-dev"]
    index = package_index()

    def call(*arguments: str) -> None:
        done = subprocess.run([uv, "--quiet", *arguments], cwd=ROOT, env=environment, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bootstrap: `uv {arguments[0]}` failed; its message stands above.")

    if index == PYPI:
        # --inexact: the demo leaves in place what the tests need.
        call("sync", "--frozen", "--inexact", "--python", python, *groups)
        return
    # uv.lock names PyPI's own addresses; a mirror serves the same files, and their hashes prove it.
    wanted = TOOLS / "locked.txt"
    TOOLS.mkdir(exist_ok=True)
    call("export", "--frozen", "--no-emit-project", "--output-file", str(wanted), *groups)
    if not ENVIRONMENT.exists():
        call("venv", "--python", python, str(ENVIRONMENT))
    into = ["--python", str(ENVIRONMENT / "bin" / "python"), "--default-index", index]
    call("pip", "install", "--require-hashes", "-r", str(wanted), *into)
    call("pip", "install", "--no-deps", "--editable", ".", *into)


def main(arguments: list[str]) -> None:
    """Set up, then become the command."""
    if not arguments or arguments[0] in ("-h", "--help"):
        raise SystemExit((__doc__ or "").strip())
    testing = arguments[0] == "test"
    set_up(find_uv(), with_tests=testing)
    programs = ENVIRONMENT / "bin"
    if testing:
        command = [str(programs / "python"), "-m", "pytest", *arguments[1:]]
        os.chdir(ROOT)
    else:
        command = [str(programs / "ikou"), *arguments]
    os.execv(command[0], command)  # noqa: S606 - no shell: the command takes over this process, Ctrl-C included


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - an older python3 shall say so, not fail on syntax
        raise SystemExit("bootstrap: Python 3.11 or newer is needed; this is " + platform.python_version())
    main(sys.argv[1:])
