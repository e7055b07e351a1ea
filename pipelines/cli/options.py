"""Options that several commands of ``ikou`` share, as the types of their parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Framing = Literal["fixed", "rdw", "bdw", "vbs", "lines", "variable", "csv", "xlsx", "parquet", "sqlite"]
Dialect = Literal["ibm", "fujitsu", "hitachi", "nec", "micro_focus", "gnucobol"]

Project = Annotated[Path, typer.Option("--project", "-p", help="Folder that holds ikou.toml.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
RunFolder = Annotated[Path, typer.Argument(help="A run's folder: data_dir/runs/<run-id>.", metavar="RUN")]
CopybookOption = Annotated[Path | None, typer.Option("--copybook", "-c", help="COBOL copybook; not for csv.")]
FramingOption = Annotated[Framing, typer.Option("--format", help="How records follow each other.")]
DialectOption = Annotated[Dialect, typer.Option("--dialect", help="COBOL whose storage rules hold.")]
RecordOption = Annotated[str, typer.Option("--record", help="01 level of the data records, where there are several.")]
HeaderOption = Annotated[str, typer.Option("--header", help="01 level of the first record.")]
TrailerOption = Annotated[str, typer.Option("--trailer", help="01 level of the last record.")]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder; without: data_dir/work_lists/<run>.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit 0 also with issues or a missed gate (schedulers).")]
