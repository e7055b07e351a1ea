"""The 移行結果報告書 as PDF, by the browser that is installed here; nothing is fetched, nothing leaves the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from char_mapping.errors import DefinitionError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
SECONDS = 120


def print_to_pdf(html: Path) -> Path:
    """Print a report beside itself; page numbers and breaks are those of its style sheet.

    Raises:
        DefinitionError: no browser is installed, or it did not print.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise DefinitionError(
            "ikou report --pdf", expected="one of " + ", ".join(BROWSERS), found="none installed",
            todo="Install chromium, or print the HTML from any browser",
        )
    path = html.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={path}", html.resolve().as_uri()],
            capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
    if done.returncode or not path.is_file():
        raise DefinitionError(
            "ikou report --pdf", expected=f"{path}", found=f"{browser} ended with {done.returncode}",
            todo="Print the HTML from a browser",
        )
    return path
