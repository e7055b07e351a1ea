"""Reading ``ikou.toml``: which city, which areas, which sources, where the data lie."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from char_mapping.errors import DefinitionError

FILE_NAME = "ikou.toml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class City(_Frozen):
    """The municipality: name and six-digit code (全国地方公共団体コード, text).

    ``wards`` names the values of the item that tells wards apart (meaning ``ward.code``), as 現行帳票 write them.
    """

    name: str
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    wards: Mapping[str, str] = Field(default_factory=dict)


class Settings(_Frozen):
    """How a run works: where data lie, the day it is judged at, and its budget.

    ``block_records`` is the number of records worked on at a time (memory is bounded by it), ``task_records`` the
    number of records of one Prefect task, ``memory_mib`` the budget of the out-of-core steps in MiB. ``ledger`` is the
    URL of a PostgreSQL database without its password (PGPASSWORD); "" is SQLite in ``data_dir``.
    """

    data_dir: str
    as_of: date
    block_records: Annotated[int, Field(ge=256, le=1_000_000)] = 65_536
    task_records: Annotated[int, Field(ge=1024)] = 262_144
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    ledger: str = ""


class Area(_Frozen):
    """One business area (業務): the layout family and the edition of each of its groups, and its sources."""

    family: str
    editions: Mapping[str, str]
    sources: tuple[str, ...]


class Department(_Frozen):
    """One 主管課: the areas it decides for, and the day its answers are due."""

    areas: tuple[str, ...]
    due: date | None = None


class ReceiverSettings(_Frozen):
    """One receiver (送信先): a profile of char_mapping/receiver_profiles or of the project, and its share of a run.

    ``areas`` and ``groups`` are all where none are named; ``items`` are the columns it gets, in the order of the
    layout (all where none are named).
    """

    profile: str
    areas: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class Schedule(_Frozen):
    """When ``ikou serve`` runs by itself: cron lines for all areas and for single ones, and who hears of the outcome.

    ``webhook`` is sent a JSON object by POST; ``mail`` is a command (list of words) that gets a text on its standard
    input. Neither is told a value of a resident.
    """

    all: str = ""
    areas: Mapping[str, str] = Field(default_factory=dict)
    timezone: str = "Asia/Tokyo"
    source_only: bool = False
    webhook: str = ""
    mail: tuple[str, ...] = ()


class ReservedNumbers(_Frozen):
    """宛名番号 that nobody has: a decision on 種ア (DUP-001) gives one of them to the 住登外 side. Both ends count."""

    first: Annotated[str, Field(pattern=r"^[0-9]+$")]
    last: Annotated[str, Field(pattern=r"^[0-9]+$")]


class Definition(_Frozen):
    """The whole of ``ikou.toml``."""

    city: City
    project: Settings
    areas: Mapping[str, Area] = Field(default_factory=dict)
    departments: Mapping[str, Department] = Field(default_factory=dict)
    receivers: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ReceiverSettings] = Field(
        default_factory=dict
    )
    rules: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    schedule: Schedule = Field(default_factory=Schedule)
    reserved_numbers: ReservedNumbers | None = None

    @property
    def rules_off(self) -> Mapping[str, str]:
        """Rules the project switched off, each with its reason."""
        return self.rules.get("off", {})

    def department_of(self, area_id: str) -> str:
        """The 主管課 that decides for an area ("" when ikou.toml names none)."""
        return next((name for name, d in self.departments.items() if area_id in d.areas), "")


def explain(error: ValidationError, path: Path) -> DefinitionError:
    """Turn a pydantic error into ours, naming the first key that is wrong and how many there are."""
    first: Any = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return DefinitionError(
        f"{path} {where}",
        expected=first["msg"],
        found=repr(first.get("input"))[:80] + more,
        todo="Correct the file; docs/how-to lists every key",
    )


def load_definition(folder: Path) -> Definition:
    """Read ``ikou.toml`` of a project folder.

    Raises:
        DefinitionError: no such file, TOML that does not parse, an unknown key, an unquoted code.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise DefinitionError(
            str(path),
            expected="a project file",
            found="no such file",
            todo="Run `ikou init DIR`, or name the project with --project",
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise DefinitionError(
            str(path), expected="UTF-8", found="bytes that are not", todo="Save the file as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(str(path), expected="TOML", found=str(error), todo="Correct the line named") from error
    code = raw.get("city", {}).get("code")
    if isinstance(code, int):
        raise DefinitionError(
            f"{path} city.code",
            expected='text such as code = "011002"',
            found="an unquoted number",
            todo="Put the code in quotes: a leading zero would be lost",
        )
    try:
        return Definition.model_validate(raw)
    except ValidationError as error:
        raise explain(error, path) from error
