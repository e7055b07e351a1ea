"""``ikou reconcile --unmasked-for``: values are shown to a role, and the view stands in the operation log."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from char_mapping.errors import DefinitionError
from pipelines.cli.reconcile import _log_view
from pipelines.ledger import open_ledger
from pipelines.review.accounts import Account, Accounts


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose ledger knows a 主管課, a 事務局 and somebody who left."""
    with open_ledger(tmp_path) as ledger:
        accounts = Accounts(ledger.engine, hasher=PasswordHasher(1, 8, 1))
        accounts.save(Account("suzuki", "鈴木", "department", ("001",)), "correct-horse-9")
        accounts.save(Account("jimu", "三郎", "office"), "correct-horse-9")
        accounts.save(Account("tanaka", "田中", "department", ("001",), active=False), "correct-horse-9")
    return tmp_path


def test_a_department_sees_values_and_the_log_says_so(data: Path) -> None:
    assert _log_view(data, "suzuki", "0001-g1", 12) == {"001"}
    with open_ledger(data) as ledger:
        (row,) = ledger.accesses().rows(named=True)
    assert (row["actor"], row["process"], row["target"]) == ("suzuki", "移行検証報告書（値を表示）", "0001-g1")
    assert (row["rows"], row["outcome"]) == (12, "可")


@pytest.mark.parametrize("actor", ["jimu", "tanaka", "鈴木", "nobody"])
def test_everybody_else_is_refused_and_that_stands_in_the_log_too(actor: str, data: Path) -> None:
    with pytest.raises(DefinitionError, match="Leave the option out"):
        _log_view(data, actor, "0001-g1", 12)
    with open_ledger(data) as ledger:
        assert ledger.accesses().select("actor", "outcome").rows() == [(actor, "拒否")]
