"""Images that move beside a list of them (印影, 除籍): count, size, SHA-256, one image a record, none of them blank.

The list is an ordinary source whose ``source.yml`` says under ``images`` which items name the image; the images lie
packed in ``exports/<generation>/<source>/images/`` with a 受領票 of their own. They are compared, never changed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import UnreadableFile
from layouts.mappings import Mapping
from layouts.records.reader import open_source_file
from layouts.sources import ImageItems, SourceDefinition
from pipelines.project.data_folder import RECEIPT_NAME, read_receipt
from pipelines.runs.fingerprint import sha256_of
from rules.contract import WHOLE_FINDING_SCHEMA

FOLDER = "images"
IMAGE_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "source": pl.String,
    "listed": pl.Int64,
    "announced": pl.Int64,
    "packed": pl.Int64,
    "matching": pl.Int64,
    "missing": pl.Int64,
    "extra": pl.Int64,
    "different": pl.Int64,
    "blank": pl.Int64,
}
"""One row a list of images (``reconcile/images.parquet``): what was listed, announced, packed, and how they compare."""


@dataclass(frozen=True, slots=True)
class ComparedImages:
    """Findings (WHOLE_FINDING_SCHEMA) and the row of IMAGE_SCHEMA of one list."""

    findings: pl.DataFrame
    counts: tuple[str, str, int, int, int, int, int, int, int, int]


def pack_digests(exports: Path, source: SourceDefinition) -> list[str]:
    """SHA-256 of the packs a 受領票 announces, for the run's fingerprint; none where there is no such folder."""
    folder = exports / source.id / FOLDER
    return [r.sha256 for r in read_receipt(folder)] if (folder / RECEIPT_NAME).is_file() else []


def compare_images(
    exports: Path, source: SourceDefinition, lists: Iterable[Path], mapping: Mapping | None
) -> ComparedImages:
    """Hold the images of one source against their list.

    Args:
        exports: ``exports/<generation>`` of the project.
        source: A source with ``images``.
        lists: The received files of the list.
        mapping: How the list becomes a standard group; the findings then name its items.

    Raises:
        UnreadableFile: a pack is missing, not as its 受領票 says, or no ZIP file.
    """
    items = source.images
    if items is None:
        raise ValueError(f"source {source.id} lists no images")
    rule = f"ARE-{source.area}"
    names = {i.source_item: i.name for i in mapping.items if i.source_item} if mapping is not None else {}
    group = mapping.group.id if mapping is not None else ""
    listed = pl.concat([_listed(source, path, items) for path in lists])
    told, sizes, digests = (listed[column].to_list() for column in ("name", "size", "sha256"))
    first = dict(zip(told, range(listed.height), strict=True))
    seen: set[str] = set()
    found: list[tuple[Any, ...]] = []
    tally = dict.fromkeys(("matching", "missing", "extra", "different", "blank"), 0)
    packed = 0

    def tell(row: int | None, item: str, reason: str, about: str, subject: str = "") -> None:
        place = listed.row(row, named=True) if row is not None else {}
        found.append((
            source.area, group, source.id, place.get("file", ""), place.get("_record_no"), place.get("_byte_offset"),
            place.get("subject", subject), rule, names.get(item, item), reason, about, None, _SAID[reason], about,
        ))  # fmt: skip

    announced = sum(r.records for r in read_receipt(exports / source.id / FOLDER))
    for name, data in _images(exports / source.id / FOLDER):
        packed += 1
        row = first.get(name)
        if row is None or name in seen:
            tally["extra"] += 1
            tell(row, items.name, "image_extra", name, subject=name)
            continue
        seen.add(name)
        if len(data) != int(sizes[row] or 0) or hashlib.sha256(data).hexdigest() != (digests[row] or "").lower():
            tally["different"] += 1
            tell(row, items.sha256, "image_different", name)
        elif is_blank(data):
            tally["blank"] += 1
            tell(row, items.name, "image_blank", name)
        else:
            tally["matching"] += 1
    for row, name in enumerate(told):
        if first[name] != row:
            tell(row, items.name, "image_shared", name)
        elif name not in seen:
            tally["missing"] += 1
            tell(row, items.name, "image_missing", name)
    findings = pl.DataFrame(found, schema=WHOLE_FINDING_SCHEMA, orient="row")
    counts = (tally["matching"], tally["missing"], tally["extra"], tally["different"], tally["blank"])
    return ComparedImages(findings, (source.area, source.id, listed.height, announced, packed, *counts))


_SAID = {
    "image_extra": "一覧にない画像、または同じ名前の画像が二つある",
    "image_different": "画像のバイト数またはSHA-256が一覧と違う",
    "image_blank": "画像が白紙（全面が同じ濃さ）",
    "image_shared": "二つの記録が同じ画像を指している",
    "image_missing": "一覧にある画像が届いていない",
}


def is_blank(data: bytes) -> bool:
    """Whether every page of an image is of one shade; what no image reader opens is not called blank."""
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            extrema = [page.convert("L").getextrema() for page in ImageSequence.Iterator(image)]
    except (UnidentifiedImageError, OSError, ValueError):
        return False
    return all(low == high for low, high in extrema)


def _listed(source: SourceDefinition, path: Path, items: ImageItems) -> pl.DataFrame:
    blocks = [block.table for block in open_source_file(source, path, block_records=65_536)]
    key = [pl.col(name).fill_null("") for name in source.key]
    return pl.concat([
        block.select(
            "_record_no", "_byte_offset", pl.concat_str(key, separator="/").alias("subject"),
            pl.lit(path.name).alias("file"), pl.col(items.name).alias("name"), pl.col(items.size).alias("size"),
            pl.col(items.sha256).alias("sha256"),
        ) for block in blocks
    ])  # fmt: skip


def _images(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every image of the packs a 受領票 announces, checked against it first."""
    for row in read_receipt(folder):
        path = folder / row.name
        if not path.is_file() or path.stat().st_size != row.size or sha256_of(path) != row.sha256:
            raise UnreadableFile(
                str(path),
                expected="the pack of images as its 受領票 says",
                found="no such file, another size or another SHA-256 (FIL-002)",
                todo="Ask for the delivery of the images to be repeated",
            )
        try:
            with zipfile.ZipFile(path) as pack:
                for member in sorted(pack.infolist(), key=lambda m: m.filename):
                    if not member.is_dir():
                        yield member.filename, pack.read(member)
        except zipfile.BadZipFile:
            raise UnreadableFile(
                str(path), expected="a ZIP file of images", found="another format", todo="Pack the images as ZIP"
            ) from None
