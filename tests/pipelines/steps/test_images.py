"""Images beside a list: every way in which the two can disagree, told on the record it is about."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.sources import SourceDefinition, load_source
from pipelines.steps.images import IMAGE_SCHEMA, compare_images, is_blank, pack_digests

SOURCE = """id: seal_image
label: 印影一覧
area: "002"
department: 市民課
files: "LIST*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [番号]
images: {name: ファイル, size: バイト数, sha256: ハッシュ}
items:
  番号: {meaning: business.number}
  ファイル: {meaning: none}
  バイト数: {meaning: business.quantity}
  ハッシュ: {meaning: none}
"""


def picture(shade: int = 0, *, pages: int = 1, form: str = "PNG", plain: bool = False) -> bytes:
    """An image with one dark spot, or ``plain`` without."""
    made = []
    for _ in range(pages):
        image = Image.new("L", (8, 8), 255)
        if not plain:
            image.putpixel((1, 1), shade)
        made.append(image)
    out = io.BytesIO()
    more = {"save_all": True, "append_images": made[1:]} if pages > 1 else {}
    made[0].save(out, form, **more)
    return out.getvalue()


class Delivery:
    """A list and its pack in a folder; change ``packed`` or ``rows`` before ``send``."""

    def __init__(self, folder: Path) -> None:
        self.exports, self.definition = folder / "exports", folder / "sources" / "seal_image"
        self.definition.mkdir(parents=True)
        (self.definition / "source.yml").write_text(SOURCE, encoding="utf-8")
        self.packed = {f"INEI{n}.png": picture(n) for n in range(1, 5)}
        self.rows = [
            [str(n), f"INEI{n}.png", str(len(self.packed[f"INEI{n}.png"])),
             hashlib.sha256(self.packed[f"INEI{n}.png"]).hexdigest()]
            for n in range(1, 5)
        ]  # fmt: skip

    def send(self) -> tuple[SourceDefinition, list[Path]]:
        folder = self.exports / "seal_image"
        (folder / "images").mkdir(parents=True)
        with (folder / "LIST1.csv").open("w", encoding="cp932", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerows([["番号", "ファイル", "バイト数", "ハッシュ"], *self.rows])
        pack = folder / "images" / "IMAGES.zip"
        with zipfile.ZipFile(pack, "w") as out:
            for name, data in self.packed.items():
                out.writestr(name, data)
        digest = hashlib.sha256(pack.read_bytes()).hexdigest()
        (folder / "images" / "receipt.csv").write_text(
            "ファイル名,件数,バイト数,SHA-256,抽出基準日\n"
            f"IMAGES.zip,{len(self.packed)},{pack.stat().st_size},{digest},2026-01-15\n", encoding="utf-8",
        )  # fmt: skip
        return load_source(self.definition), [folder / "LIST1.csv"]

    def found(self) -> tuple[list[tuple[str, str, str]], dict[str, object]]:
        source, lists = self.send()
        compared = compare_images(self.exports, source, lists, None)
        assert set(compared.findings["rule_id"]) <= {"ARE-002"}
        told = compared.findings.select("subject", "item", "reason").sort("subject").rows()
        return told, dict(zip(IMAGE_SCHEMA, compared.counts, strict=True))


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    return Delivery(tmp_path)


def test_what_agrees_is_counted_and_not_told(delivery: Delivery) -> None:
    told, counts = delivery.found()
    assert told == []
    assert counts == {"area": "002", "source": "seal_image", "listed": 4, "announced": 4, "packed": 4, "matching": 4,
                      "missing": 0, "extra": 0, "different": 0, "blank": 0}  # fmt: skip


def test_an_image_that_did_not_come(delivery: Delivery) -> None:
    del delivery.packed["INEI3.png"]
    told, counts = delivery.found()
    assert told == [("3", "ファイル", "image_missing")]
    assert (counts["matching"], counts["missing"]) == (3, 1)


def test_an_image_nobody_lists(delivery: Delivery) -> None:
    delivery.packed["INEI9.png"] = picture(9)
    told, counts = delivery.found()
    assert told == [("INEI9.png", "ファイル", "image_extra")]
    assert counts["extra"] == 1


@pytest.mark.parametrize("how", ["bytes", "size", "hash"])
def test_an_image_that_is_another_one(delivery: Delivery, how: str) -> None:
    if how == "bytes":
        delivery.packed["INEI2.png"] = picture(200)
    elif how == "size":
        delivery.rows[1][2] = "1"
    else:
        delivery.rows[1][3] = "0" * 64
    told, counts = delivery.found()
    assert told == [("2", "ハッシュ", "image_different")]
    assert counts["different"] == 1


def test_a_blank_image_that_the_list_knows(delivery: Delivery) -> None:
    delivery.packed["INEI4.png"] = blank = picture(plain=True)
    delivery.rows[3][2:] = [str(len(blank)), hashlib.sha256(blank).hexdigest().upper()]
    told, counts = delivery.found()
    assert told == [("4", "ファイル", "image_blank")]
    assert counts["blank"] == 1


def test_two_records_with_one_image(delivery: Delivery) -> None:
    delivery.rows[0][1:] = delivery.rows[1][1:]
    told, _ = delivery.found()
    assert told == [("1", "ファイル", "image_shared"), ("INEI1.png", "ファイル", "image_extra")]


def test_a_finding_stands_on_the_record_of_the_list(delivery: Delivery) -> None:
    del delivery.packed["INEI3.png"]
    source, lists = delivery.send()
    (row,) = compare_images(delivery.exports, source, lists, None).findings.iter_rows(named=True)
    assert (row["area"], row["source"], row["file"], row["record_no"]) == ("002", "seal_image", "LIST1.csv", 4)
    assert row["byte_offset"] > 0
    assert row["evidence"]


@pytest.mark.parametrize("how", ["gone", "changed", "no zip"])
def test_a_pack_that_is_not_as_announced_is_no_delivery(delivery: Delivery, how: str) -> None:
    source, lists = delivery.send()
    pack = delivery.exports / "seal_image" / "images" / "IMAGES.zip"
    if how == "gone":
        pack.unlink()
    elif how == "changed":
        pack.write_bytes(pack.read_bytes()[:-1] + b"x")
    else:
        pack.write_bytes(b"PK")
        receipt = pack.with_name("receipt.csv")
        text = receipt.read_text(encoding="utf-8").splitlines()
        digest = hashlib.sha256(b"PK").hexdigest()
        receipt.write_text(f"{text[0]}\nIMAGES.zip,4,2,{digest},2026-01-15\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"IMAGES\.zip"):
        compare_images(delivery.exports, source, lists, None)


def test_the_packs_are_part_of_what_a_run_stands_on(delivery: Delivery) -> None:
    source, _ = delivery.send()
    pack = delivery.exports / "seal_image" / "images" / "IMAGES.zip"
    assert pack_digests(delivery.exports, source) == [hashlib.sha256(pack.read_bytes()).hexdigest()]
    assert pack_digests(delivery.exports / "elsewhere", source) == []


def test_an_image_item_that_the_source_lacks_is_refused(delivery: Delivery) -> None:
    path = delivery.definition / "source.yml"
    path.write_text(SOURCE.replace("sha256: ハッシュ", "sha256: 要約"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"images\.sha256: expected an item of this source, found 要約"):
        load_source(delivery.definition)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 255), st.sets(st.tuples(st.integers(0, 39),
                                                                                     st.integers(0, 39))))
def test_blank_is_what_has_one_shade(width: int, height: int, shade: int, spots: set[tuple[int, int]]) -> None:
    image = Image.new("L", (width, height), shade)
    inside = {(x, y) for x, y in spots if x < width and y < height}
    for spot in inside:
        image.putpixel(spot, 255 - shade)
    out = io.BytesIO()
    image.save(out, "PNG")
    assert is_blank(out.getvalue()) == (len(inside) in (0, width * height))


def test_a_page_with_a_mark_makes_a_whole_file_not_blank() -> None:
    assert not is_blank(picture(pages=2, form="TIFF"))
    assert is_blank(picture(pages=2, form="TIFF", plain=True))
    assert not is_blank(b"no image at all")
