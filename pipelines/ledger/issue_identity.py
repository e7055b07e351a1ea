"""Keyed identities of issues and values (design §3): the same finding has the same id in every run of a project.

The key makes the ids useless to somebody who holds only a list of them: without it an id of a short value could be
found by trying all values. The key lives in the project's data folder, never in git.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from char_mapping.errors import DefinitionError
from rules.contract import ABOUT_PART

KEY_FILE = "project.key"
_KEY_BYTES = 32
_HEX_DIGITS = 32  # 128 bits of the HMAC are kept
_PARTS, _PART_DIGITS = 8, 4  # behind them 16 bits a part of the evidence: they name what changed, they decide nothing

IDENTITY_COLUMNS = ("source", "area_id", "group_id", "subject", "rule_id", "item_path", "ordinal")


def open_project_key(data_dir: Path) -> bytes:
    """Read ``data_dir/project.key`` (32 random bytes as hex, mode 0600); the first call of a project writes it.

    Raises:
        DefinitionError: The folder is inside a git work tree, the file is readable by others, or it is no key.
    """
    folder = data_dir.resolve()
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            raise DefinitionError(
                str(folder / KEY_FILE), expected="a data folder outside git", found=f"git work tree at {parent}",
                todo="Set data_dir in ikou.toml to a folder outside every git work tree.",
            )
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    key = os.urandom(_KEY_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
    return key


def _read_key(path: Path) -> bytes:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise DefinitionError(
            str(path), expected="mode 0600", found=f"mode {mode:04o}",
            todo=f"Run chmod 600 {path} after making sure that nobody else has read it.",
        )
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise DefinitionError(
            str(path), expected=f"{_KEY_BYTES * 2} hex digits", found="another content",
            todo="Restore the file from the backup: with another key every earlier decision loses its issue.",
        )
    return key


@dataclass(frozen=True, slots=True)
class IssueIdentity:
    """Makes issue ids and value hashes with one project key.

    Both are the first 128 bits (32 hex digits) of HMAC-SHA256 over canonical JSON: keys sorted, no blanks, UTF-8, no
    escapes beyond those JSON demands.
    """

    key: bytes

    def __repr__(self) -> str:
        return "IssueIdentity(key=…)"

    def issue_id(
        self, *, source: str | None, area: str | None, group: str | None, subject: str | None, rule_id: str,
        item_path: str | None, ordinal: int = 0,
    ) -> str:
        """Identity of one finding: what it is about and which rule says so, never the value itself.

        Args:
            source: Source id (``jumin``).
            area: 業務ID (``001``).
            group: Group id; None for findings on source items.
            subject: Source key values joined by ``/``; sorted and joined by ``|`` for a pair or cluster.
            rule_id: Catalogue id.
            item_path: Item with its occurrence (``給付[3].金額``).
            ordinal: 0-based position among findings equal in all the rest (row within the record, equal records).
        """
        return self._digest({
            "area": area, "group": group, "item": item_path, "ordinal": ordinal, "rule_id": rule_id, "source": source,
            "subject": subject,
        })

    def value_hash(self, about: str | None) -> str:
        """Hash of the offending values (``about`` of a finding: values joined by U+001F); null differs from empty."""
        return self._digest(about)

    def digests(self, values: pl.Series) -> pl.Series:
        """Keyed digests (32 hex digits) of the values of a column, null where there is none: equal values stay equal
        and nobody reads them.
        """
        digest = hashlib.blake2b
        return pl.Series(
            values.name,
            [None if v is None else digest(v.encode(), key=self.key, digest_size=16).hexdigest() for v in values],
            dtype=pl.String,
        )

    def add_identities(self, findings: pl.DataFrame) -> pl.DataFrame:
        """Add ``issue_id`` and ``value_hash`` to findings.

        Args:
            findings: Columns ``IDENTITY_COLUMNS`` (ordinal integer, the rest String) and ``about`` (String).

        Returns:
            The same rows in the same order with the two String columns added (or replaced). Where ``about`` has parts
            (pairs of people), four digits a part stand behind the hash of the whole.
        """
        columns = (findings[name].to_list() for name in IDENTITY_COLUMNS)
        ids = [
            self.issue_id(source=source, area=area, group=group, subject=subject, rule_id=rule, item_path=item,
                          ordinal=ordinal)
            for source, area, group, subject, rule, item, ordinal in zip(*columns, strict=True)
        ]
        hashes = [self.value_hash(about) + self._parts(about) for about in findings["about"]]
        return findings.with_columns(
            pl.Series("issue_id", ids, dtype=pl.String), pl.Series("value_hash", hashes, dtype=pl.String)
        )

    def _parts(self, about: str | None) -> str:
        if about is None or ABOUT_PART not in about:
            return ""
        parts = (part.encode("utf-8", "surrogatepass") for part in about.split(ABOUT_PART)[:_PARTS])
        return "".join(hashlib.blake2b(p, key=self.key, digest_size=_PART_DIGITS // 2).hexdigest() for p in parts)

    def _digest(self, content: object) -> str:
        message = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        # A lone surrogate can stand in text decoded from broken bytes; it must hash, not fail.
        return hmac.digest(self.key, message.encode("utf-8", "surrogatepass"), "sha256").hex()[:_HEX_DIGITS]


def changed_parts(before: str, after: str) -> tuple[int, ...] | None:
    """Which parts of the evidence differ between two value hashes, from 0; None where either has none or others."""
    if len(before) != len(after) or len(before) <= _HEX_DIGITS:
        return None
    starts = range(_HEX_DIGITS, len(before), _PART_DIGITS)
    return tuple(n for n, at in enumerate(starts) if before[at : at + _PART_DIGITS] != after[at : at + _PART_DIGITS])
