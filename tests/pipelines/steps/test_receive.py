import hashlib
from types import SimpleNamespace

import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.steps.receive import receive

SOURCE = SimpleNamespace(id="s", delivery="s", files="*.dat")


@pytest.fixture
def delivery(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "a.dat").write_bytes(b"abc")
    write_receipt(folder, "a.dat", 1, 3, hashlib.sha256(b"abc").hexdigest())
    return tmp_path


def write_receipt(folder, name, records, size, digest):
    (folder / "receipt.csv").write_text(
        f"ファイル名,件数,バイト数,SHA-256,抽出基準日\n{name},{records},{size},{digest},2026-03-31\n", encoding="utf-8"
    )


def test_a_delivery_as_announced(delivery):
    assert [(f.name, f.records, f.size) for f in receive(delivery, SOURCE)] == [("a.dat", 1, 3)]


def test_a_missing_file(delivery):
    (delivery / "s" / "a.dat").unlink()
    with pytest.raises(UnreadableFile, match="no such file"):
        receive(delivery, SOURCE)


def test_a_file_nobody_announced(delivery):
    (delivery / "s" / "b.dat").write_bytes(b"x")
    with pytest.raises(UnreadableFile, match=r"b\.dat"):
        receive(delivery, SOURCE)


@pytest.mark.parametrize(("content", "what"), [(b"abcd", "4 bytes"), (b"abd", "SHA-256")])
def test_a_file_that_changed_on_the_way(delivery, content, what):
    (delivery / "s" / "a.dat").write_bytes(content)
    with pytest.raises(UnreadableFile, match=what):
        receive(delivery, SOURCE)


def test_a_receipt_that_is_no_receipt(delivery):
    (delivery / "s" / "receipt.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="ファイル名"):
        receive(delivery, SOURCE)


def test_no_receipt(delivery):
    (delivery / "s" / "receipt.csv").unlink()
    with pytest.raises(UnreadableFile, match="受領票"):
        receive(delivery, SOURCE)
