"""The ledger on Debian's PostgreSQL: the same promises, with reviewers at work at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from char_mapping.errors import DefinitionError
from pipelines.ledger import Access, Approval, Proposal, open_ledger, remember_location

AT = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def proposal(issue, proposer, **changes):
    return Proposal("R-1", 1, issue, "h", "accept_as_is", proposer, "確認", **changes)


@pytest.fixture
def url(postgresql):
    engine = sa.create_engine(sa.make_url(postgresql).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgresql


def test_two_reviewers_at_once_keep_one_chain_and_one_decision_an_issue(url):
    def review(name):
        taken, lost = 0, 0
        with open_ledger(url) as ledger:
            for number in range(25):
                try:
                    ledger.propose([proposal(f"i{number}", name)], at=AT)
                    taken += 1
                except DefinitionError:
                    lost += 1
        return taken, lost

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(review, ("山田", "佐藤")))
    assert sum(taken for taken, _ in told) == 25
    assert sum(lost for _, lost in told) == 25
    with open_ledger(url) as ledger:
        assert ledger.verify_chain() == 25
        assert ledger.decisions()["selector"].n_unique() == 25


def test_two_approvers_at_once_approve_once(url):
    with open_ledger(url) as ledger:
        ids = ledger.propose([proposal(f"i{n}", "山田") for n in range(20)], at=AT)

    def approve(name):
        done = 0
        with open_ledger(url) as ledger:
            for id_ in ids:
                try:
                    ledger.decide([Approval(id_, name, reason="可")], at=AT)
                    done += 1
                except DefinitionError:
                    continue
        return done

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(approve, ("佐藤", "伊藤"))) == 20
    with open_ledger(url) as ledger:
        assert set(ledger.decisions()["state"]) == {"approved"}
        assert ledger.verify_chain() == 40


def test_rows_cannot_be_changed_on_postgresql(url):
    with open_ledger(url) as ledger:
        ledger.propose([proposal("i", "山田")], at=AT)
        ledger.log([Access("山田", "起案", rows=1)], at=AT)
        for statement in ("UPDATE event SET kind = 'waive'", "DELETE FROM audit", "TRUNCATE event"):
            with pytest.raises(sa.exc.DatabaseError, match="append-only"), ledger.engine.begin() as connection:
                connection.exec_driver_sql(statement)
        assert ledger.verify_chain() == 1


def test_a_data_folder_remembers_the_address_and_never_a_password(url, tmp_path):
    remember_location(tmp_path, url)
    with open_ledger(tmp_path) as ledger:
        assert ledger.engine.dialect.name == "postgresql"
    assert not (tmp_path / "ledger.db").exists()
    remember_location(tmp_path, "")
    open_ledger(tmp_path).close()
    assert (tmp_path / "ledger.db").exists()
    with pytest.raises(DefinitionError, match="without a password"):
        remember_location(tmp_path, "postgresql://ikou:secret@127.0.0.1/ikou")


def test_accounts_and_sessions_stand_beside_the_ledger(url):
    from argon2 import PasswordHasher

    from pipelines.review.accounts import Account, Accounts

    with open_ledger(url) as ledger:
        accounts = Accounts(ledger.engine, hasher=PasswordHasher(1, 8, 1))
        login, password = accounts.first_admin()
        accounts.save(Account("tanaka", "田中", "department", ("001", "031")), "correct-horse-9")
        assert accounts.find("tanaka").areas == ("001", "031")
        token = accounts.log_in(login, password, "pc-1", AT)
        assert accounts.session(token, AT).account.login == "admin"
        assert accounts.log_in(login, "wrong-password-1", "pc-1", AT) is None
        accounts.revoke([accounts.session(token, AT).digest])
        assert accounts.session(token, AT) is None
