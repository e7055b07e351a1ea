"""連携一覧の下書き: which system sends what to which, from definitions and from what the city has.

Rows come from four kinds of evidence: the project (a source reads what a system sends; the items of a standard group
that other areas hold, too), JCL or a transfer job list, 共通基盤 definitions, and the 主管課's questionnaire. What none
of them says is 要確認: nothing is guessed. Two tables: standardised areas and the others.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from char_mapping.errors import UnreadableFile
from layouts.mappings import Mapping as Mapping_
from layouts.standard_groups import StandardGroup, load_areas
from pipelines.conformance.tables import Cell, Column, Table, write_tables
from pipelines.project.loading import Project

ASK = "要確認"
SHARED, DIRECT = "①共通基盤", "②直接"

WORDS: Mapping[str, tuple[str, ...]] = {
    "sender": ("送り側", "送信元", "送り側システム", "送信システム", "提供元", "from", "FROM"),
    "receiver": ("受け側", "送信先", "受け側システム", "受信システム", "提供先", "to", "TO"),
    "data": ("連携データ", "ファイル名", "データセット", "データ名", "ファイル", "DSN"),
    "items": ("項目", "連携項目", "データ項目"),
    "frequency": ("頻度", "周期", "サイクル", "実行周期", "タイミング"),
    "way": ("連携方式", "方式", "経路", "連携方法"),
    "area_from": ("送り側業務", "送り側業務ID"),
    "area_to": ("受け側業務", "受け側業務ID"),
    "note": ("備考", "メモ"),
}
"""Headings of transfer lists and questionnaires, first that fits."""

_SHARED_WORDS = ("共通基盤", "統合DB", "統合ＤＢ", "データ連携基盤", "庁内データ連携", "①")
_DIRECT_WORDS = ("直接", "ファイル転送", "FTP", "SFTP", "HULFT", "DBリンク", "媒体", "②")
_JOB = re.compile(r"^//([A-Z0-9#@$]{1,8})\s+JOB\b(.*)", re.MULTILINE)
_STEP = re.compile(r"^//([A-Z0-9#@$]{1,8})?\s+EXEC\s+(?:PGM=)?([A-Z0-9#@$]+)")
_DD = re.compile(r"^//([A-Z0-9#@$.]{1,17})\s+DD\s+(.*)")
_DSN = re.compile(r"\bDSN(?:AME)?=([A-Z0-9#@$.&()+-]+)")
_TRANSFER = ("UTLSEND", "UTLRECV", "HULFT", "FTP", "FTAM", "XCOM", "NDM", "DMBATCH")


@dataclass(frozen=True)
class Interface:
    """One line of the list; whatever no evidence says is 要確認. ``basis`` names the evidence."""

    sender: str = ASK
    receiver: str = ASK
    data: str = ASK
    items: str = ASK
    frequency: str = ASK
    way: str = ASK
    area_from: str = ""
    area_to: str = ""
    basis: str = ""
    note: str = ""

    @property
    def standardised(self) -> bool | None:
        """Whether both sides are among the 20 areas; None where a side is not known."""
        areas = load_areas()
        known = [areas[one][0] for one in (self.area_from, self.area_to) if one in areas]
        return all(known) if len(known) == 2 else False if "" in known else None

    @property
    def open_points(self) -> tuple[str, ...]:
        """What is still to be asked."""
        named = (("送り側", self.sender), ("受け側", self.receiver), ("データ", self.data), ("項目", self.items),
                 ("頻度", self.frequency), ("方式", self.way))
        open_ = tuple(label for label, value in named if value == ASK)
        return open_ if self.standardised is not None else (*open_, "標準化の別")


def of_project(project: Project) -> tuple[Interface, ...]:
    """What the project itself says: every source is sent by its system to the migration, and 宛名 go to other areas."""
    areas = load_areas()
    found = []
    for source_id, source in sorted(project.sources.items()):
        for mapping in project.mappings.get(source_id, ()):
            readers = sorted({one.area for of in project.mappings.values() for one in of
                              if one.area != mapping.area and _holds_numbers(one.group)}) if _issues(mapping) else []
            items = "、".join(item.name for item in mapping.items)
            for reader in readers:
                found.append(Interface(
                    sender=source.system or source.label, receiver=areas[reader][1], data=mapping.group.label,
                    items=items if len(items) <= 300 else f"{items[:300]}… 計{len(mapping.items)}項目",
                    area_from=mapping.area, area_to=reader, basis=f"写像 {mapping.area}/{mapping.group.id}",
                    note=f"{areas[reader][1]} が宛名番号を持つことからの下書き。実際に送っているかは要確認"))
    return tuple(found)


def _issues(mapping: Mapping_) -> bool:
    """Whether the group is where 宛名番号 come from: 住民 and 住登外."""
    return (mapping.group.area, mapping.group.id) in (("001", "resident"), ("031", "addressee"))


def _holds_numbers(group: StandardGroup) -> bool:
    return any(item.meaning == "person.number" for item in group.items)


def of_jcl(path: Path) -> tuple[Interface, ...]:
    """Transfers of a JCL member: steps of a transfer program, their data sets; sides and frequency are 要確認.

    Raises:
        UnreadableFile: no JCL.
    """
    text = _text(path)
    job = _JOB.search(text)
    if job is None:
        raise UnreadableFile(str(path), expected="JCL with a JOB statement", found="none",
                             todo="Name JCL members as .jcl, lists as .csv")
    found, program = [], ""
    for line in _statements(text):
        step = _STEP.match(line)
        if step is not None:
            program = step[2]
            continue
        dd = _DD.match(line)
        dsn = _DSN.search(dd[2]) if dd else None
        if dsn is not None and any(program.startswith(word) for word in _TRANSFER):
            received = "RECV" in program
            found.append(Interface(
                data=dsn[1], way=DIRECT, basis=f"JCL {path.name} ジョブ {job[1]} {program}",
                note="受信" if received else "送信" if "SEND" in program else "送受信の別は要確認"))
    return tuple(found)


def _statements(text: str) -> list[str]:
    """Statements of JCL with their continuation lines joined, comments left out."""
    found: list[str] = []
    for line in text.splitlines():
        plain = line[:72].rstrip()
        if plain.startswith("//*") or not plain.startswith("//"):
            continue
        if found and found[-1].endswith(",") and plain.startswith("// "):
            found[-1] += plain[2:].strip()
        else:
            found.append(plain)
    return found


def of_table(path: Path) -> tuple[Interface, ...]:
    """A transfer job list, 共通基盤 definitions, or a questionnaire as CSV, by its headings.

    Raises:
        UnreadableFile: no heading for a sender or receiver.
    """
    rows = list(csv.reader(_text(path).splitlines()))
    heads = {_field(cell): number for number, cell in enumerate(rows[0]) if _field(cell)} if rows else {}
    if not {"sender", "receiver"} & heads.keys():
        raise UnreadableFile(f"{path}:1", expected=f"a heading {' or '.join(WORDS['sender'][:3])}",
                             found=",".join(rows[0]) if rows else "an empty file", todo="Name the columns")
    shared = any(word in path.name for word in ("共通基盤", "統合DB", "連携基盤"))
    found = []
    for number, row in enumerate(rows[1:], 2):
        said = {field: row[at].strip() for field, at in heads.items() if at < len(row)}
        if not any(said.values()):
            continue
        found.append(Interface(
            sender=said.get("sender") or ASK, receiver=said.get("receiver") or ASK, data=said.get("data") or ASK,
            items=said.get("items") or ASK, frequency=said.get("frequency") or ASK,
            way=SHARED if shared else _way(said.get("way", "")),
            area_from=_area(said.get("area_from", "") or said.get("sender", "")),
            area_to=_area(said.get("area_to", "") or said.get("receiver", "")),
            basis=f"{path.name} {number}行目", note=said.get("note", "")))
    return tuple(found)


def _field(heading: str) -> str | None:
    plain = heading.strip().lstrip("\ufeff")
    return next((field for field, words in WORDS.items() if plain in words), None)


def _way(said: str) -> str:
    if any(word in said for word in _SHARED_WORDS):
        return SHARED
    return DIRECT if any(word in said for word in _DIRECT_WORDS) else ASK


def _area(said: str) -> str:
    """The 業務ID a text names: itself, or the one 業務 whose name it holds; "" where none or several do."""
    if re.fullmatch("[0-9]{3}", said):
        return said if said in load_areas() else ""
    named = {business_id for business_id, (area, business, _) in load_areas().items()
             if said and (business == said or (len(business) >= 3 and business in said) or (area and area == said))}
    return named.pop() if len(named) == 1 else ""


def _text(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(str(path), expected="text in UTF-8 or CP932", found="other bytes", todo="Save it as UTF-8")


def collected(rows: Sequence[Interface]) -> tuple[Interface, ...]:
    """Lines about the same sender, receiver and data as one: an answer fills what another left open.

    Two answers that differ both stay, with 食い違い in the remark: which one holds is for people to say.
    """
    merged: dict[tuple[str, str, str], list[Interface]] = {}
    for row in rows:
        if ASK in (row.sender, row.receiver, row.data):
            merged[row.sender, row.receiver, row.data + row.basis] = [row]
            continue
        same = merged.setdefault((row.sender, row.receiver, row.data), [])
        fits = next((n for n, one in enumerate(same) if _agree(one, row)), None)
        if fits is None:
            same.append(row)
        else:
            same[fits] = _joined(same[fits], row)
    found = []
    for same in merged.values():
        found += [replace(one, note="。".join(filter(None, (one.note, "食い違い: 他の資料と内容が違う"))))
                  for one in same] if len(same) > 1 else same
    return tuple(sorted(found, key=lambda one: (one.area_from or "999", one.sender, one.receiver, one.data, one.basis)))


def _agree(a: Interface, b: Interface) -> bool:
    return all(ASK in (x, y) or x == y for x, y in ((a.items, b.items), (a.frequency, b.frequency), (a.way, b.way)))


def _joined(a: Interface, b: Interface) -> Interface:
    def known(x: str, y: str) -> str:
        return y if x == ASK else x

    return replace(a, items=known(a.items, b.items), frequency=known(a.frequency, b.frequency), way=known(a.way, b.way),
                   area_from=a.area_from or b.area_from, area_to=a.area_to or b.area_to,
                   basis=f"{a.basis}／{b.basis}", note="。".join(dict.fromkeys(filter(None, (a.note, b.note)))))


def write_interfaces(rows: Sequence[Interface], path: Path, *, city: str) -> None:
    """The two tables 標準化対象 and 標準化対象外, and the lines whose side is not known."""
    columns = (Column("要確認", 24, "state"), Column("送り側", 24), Column("受け側", 24), Column("連携データ", 30),
               Column("項目", 46), Column("頻度", 10), Column("方式", 12), Column("送り側業務", 8),
               Column("受け側業務", 8), Column("根拠", 36), Column("備考", 36))
    sheets = (("標準化対象", True, "両側が標準化対象20業務のもの。"),
              ("標準化対象外", False, "どちらかの側が標準化対象20業務でないもの。"),
              ("標準化の別が要確認", None, "側の業務が分からず、どちらの表に入るかを決められないもの。"))
    write_tables(path, "連携一覧", [
        Table(name, f"{city} 他システム連携一覧（{name}） 下書き",
              (note, "資料に書かれていないことは要確認とし、推測で埋めない。"), columns,
              [_line(row) for row in rows if row.standardised is wanted], frozen=3)
        for name, wanted, note in sheets])


def _line(row: Interface) -> tuple[Cell, ...]:
    asked = row.open_points
    return (f"{ASK}: {'・'.join(asked)}" if asked else "", row.sender, row.receiver, row.data, row.items, row.frequency,
            row.way, row.area_from, row.area_to, row.basis, row.note)
