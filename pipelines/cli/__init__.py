"""The command ``ikou``: ``app`` lists the commands, ``commands`` says what each takes, one module a command does it."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script; ends the process with one of the exit codes of ``boundary``."""
    from pipelines.cli.boundary import run_command_line

    run_command_line()
