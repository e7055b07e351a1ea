from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from pipelines.ledger import IssueIdentity, open_project_key

KEY = bytes(range(32))
PARTS = {
    "source": "jumin",
    "area": "001",
    "group": "resident",
    "subject": "0000012345/2",
    "rule_id": "NAM-001",
    "item_path": "氏名",
    "ordinal": 0,
}


def test_issue_id_is_the_hmac_of_canonical_json():
    message = (
        '{"area":"001","group":"resident","item":"氏名","ordinal":0,"rule_id":"NAM-001","source":"jumin",'
        '"subject":"0000012345/2"}'
    )
    expected = hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest()[:32]
    assert IssueIdentity(KEY).issue_id(**PARTS) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("part", list(PARTS))
def test_each_part_and_the_key_make_another_id(part):
    identity = IssueIdentity(KEY)
    other = PARTS | {part: 1 if part == "ordinal" else "other"}
    assert identity.issue_id(**PARTS) != identity.issue_id(**other)  # type: ignore[arg-type]
    assert identity.issue_id(**PARTS) != IssueIdentity(KEY[::-1]).issue_id(**PARTS)  # type: ignore[arg-type]


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=2, max_size=8))
def test_value_hashes_differ_exactly_when_values_differ(values):
    identity = IssueIdentity(KEY)
    hashes = [identity.value_hash(value) for value in values]
    assert len(set(hashes)) == len(set(values))
    assert all(len(value) == 32 for value in hashes)


def test_broken_text_still_hashes():
    assert len(IssueIdentity(KEY).value_hash("\ud800")) == 32


def test_frames_get_the_same_identities_as_single_findings():
    frame = pl.DataFrame(
        [
            {
                "source": "jumin",
                "area_id": "001",
                "group_id": "resident",
                "subject": "0000012345/2",
                "rule_id": "NAM-001",
                "item_path": "氏名",
                "ordinal": 0,
                "about": "髙橋",
            },
            {
                "source": "jumin",
                "area_id": "001",
                "group_id": None,
                "subject": None,
                "rule_id": "FIL-002",
                "item_path": None,
                "ordinal": 1,
                "about": None,
            },
        ]
    )
    identity = IssueIdentity(KEY)
    out = identity.add_identities(frame)
    assert out["issue_id"][0] == identity.issue_id(**PARTS)  # type: ignore[arg-type]
    assert out["value_hash"].to_list() == [identity.value_hash("髙橋"), identity.value_hash(None)]
    assert out.drop("issue_id", "value_hash").equals(frame)


def test_the_key_is_written_once_for_its_owner(tmp_path: Path):
    key = open_project_key(tmp_path)
    assert len(key) == 32
    assert open_project_key(tmp_path) == key
    assert (tmp_path / "project.key").stat().st_mode & 0o777 == 0o600
    assert key.hex() not in repr(IssueIdentity(key))


def test_a_key_inside_git_readable_by_others_or_damaged_is_refused(tmp_path: Path):
    inside = tmp_path / "work" / "data"
    inside.mkdir(parents=True)
    (tmp_path / "work" / ".git").mkdir()
    with pytest.raises(DefinitionError, match="git work tree"):
        open_project_key(inside)
    outside = tmp_path / "data"
    outside.mkdir()
    open_project_key(outside)
    path = outside / "project.key"
    path.chmod(0o640)
    with pytest.raises(DefinitionError, match="0600"):
        open_project_key(outside)
    path.chmod(0o600)
    path.write_text("abc")
    with pytest.raises(DefinitionError, match="64 hex digits"):
        open_project_key(outside)
