"""Where errors become exit codes and sentences; no traceback, and so no resident's value, passes this line.

Exit codes: 0 clean · 1 finished with E issues or a gate missed · 2 wrong use or definition · 3 unreadable input ·
4 a law or a hash broken, or an internal error.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from char_mapping.errors import DefinitionError, IkouError, UnreadableFile


def exit_code_of(error: BaseException) -> int:
    """The exit code that stands for ``error``."""
    if isinstance(error, DefinitionError):
        return 2
    if isinstance(error, UnreadableFile):
        return 3
    return 4


def run_command_line(arguments: list[str] | None = None) -> None:
    """Run ``ikou`` on ``arguments`` (None: those of the process) and leave by SystemExit.

    The only broad handler outside the block tasks: an unforeseen exception is reported by its type alone, its traceback
    goes to a file of mode 0600 in the temporary folder. IKOU_TRACEBACK=1 shows it instead, for work on made-up data.
    """
    from pipelines.cli.app import app
    from pipelines.errors import InternalError, write_detail

    try:
        app(args=arguments, prog_name="ikou")
    except BrokenPipeError:
        # The reader of our output (`head`) has gone; Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except IkouError as error:
        sys.stderr.write(f"ikou: {error}\n")
        raise SystemExit(exit_code_of(error)) from None
    except Exception as error:  # a traceback would show residents' values
        if os.environ.get("IKOU_TRACEBACK") == "1":
            raise
        folder = Path(tempfile.mkdtemp(prefix="ikou-"))
        detail = write_detail(error, folder / "error.txt")
        sys.stderr.write(f"ikou: {InternalError('command', kind=type(error).__name__, detail=detail)}\n")
        raise SystemExit(4) from None
