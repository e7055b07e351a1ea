"""The five sheets of a 確認票: their names, columns and answers, shared by the writer and the reader of workbooks."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.ledger.events import CHANGES_VALUE, Kind
from pipelines.reports.work_list import ADOPT, CONFIRM, FIX, JUDGE, POLICY

FORMAT = "ikou-work-list-1"
COVER = "表紙"
RULES = "規則の説明"
CHOICES = "選択肢"
IDENTITY = "識別"

HEADER_ROW = 3
"""0-based row of the column names; title and instruction stand above."""

ANSWER, NEW_VALUE, REASON, ANSWERED_BY, DEADLINE = "回答", "修正後の値", "根拠", "回答者", "期限"
ANSWER_COLUMNS = (ANSWER, NEW_VALUE, REASON, ANSWERED_BY, DEADLINE)

ISSUE_ID, VALUE_HASH = "issue_id", "value_hash"

CERTIFIED_MARK = "○"


@dataclass(frozen=True, slots=True)
class Column:
    """A locked column: heading, column of the work list, width in characters."""

    heading: str
    field: str
    width: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of the drop-down.

    Attributes:
        label: As the clerk reads it.
        kind: Decision it becomes; None leaves the question open.
        takes: What becomes the decision's value: "" none, "candidate", "new_value", "either".
        certified: Offered for 住民票記載事項.
        needs_reason: 根拠 must be filled.
        needs_candidate: Offered only where there is a candidate.
        of_pairs: Answers whether two people are one; taken for nothing else.
    """

    label: str
    kind: Kind | None
    takes: str = ""
    certified: bool = True
    needs_reason: bool = False
    needs_candidate: bool = False
    of_pairs: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: number in the work list, tab name, what to do, what happens without an answer."""

    number: int
    name: str
    task: str
    unanswered: str
    columns: tuple[Column, ...]
    choices: tuple[Choice, ...]
    new_value: bool = False
    per_kind: bool = False

    def offered(self, *, certified: bool, candidate: bool = True) -> tuple[Choice, ...]:
        """Answers offered for a row that is about no pair of people."""
        return tuple(
            choice for choice in self.choices
            if (choice.certified or not certified) and (candidate or not choice.needs_candidate)
            and not choice.of_pairs
        )

    @property
    def for_pairs(self) -> tuple[Choice, ...]:
        """Answers offered for a pair of people, where the sheet has any: the two of pairs, and what writes nothing."""
        pairs = tuple(choice for choice in self.choices if choice.of_pairs)
        return (*pairs, *(c for c in self.choices if not c.of_pairs and c.kind not in CHANGES_VALUE)) if pairs else ()

    def answer_columns(self) -> tuple[str, ...]:
        """Headings of the unlocked columns, in order."""
        return tuple(name for name in ANSWER_COLUMNS if name != NEW_VALUE or self.new_value)


_PERSON = (
    Column("宛名番号", "number", 12), Column("世帯番号", "household", 11), Column("氏名", "name", 13),
    Column("記録のキー", "record_key", 13),
)
_ITEM = (Column("項目", "item_path", 13), Column("確認した規則", "rule", 17))
_VALUES = (Column("現在の値", "before", 18), Column("候補", "candidate", 18))
_BASIS = (Column("理由・手がかり", "evidence", 19),)
_CERTIFIED = (Column("住民票\n記載事項", "certified", 7),)
_STATE = (Column("これまで", "state", 7),)

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        FIX, "①現行で直す", "現行システムの登録を直してください（修正依頼）。移行側では値を書き換えません。",
        "現行の値のまま移ります。次のリハーサルで直っていなければ「未反映」として再びお尋ねします。",
        (*_PERSON, *_ITEM, *_CERTIFIED, *_VALUES, *_BASIS, *_STATE),
        (
            Choice("候補のとおり現行で直す", "send_back", "candidate", needs_candidate=True),
            Choice("別の値に現行で直す", "send_back", "new_value"),
            Choice("直す値は現行で調べて決める", "send_back"),
            Choice("このままでよい", "accept_as_is", needs_reason=True),
            Choice("期限まで許容する", "waive", needs_reason=True),
        ),
        new_value=True,
    ),
    Sheet(
        ADOPT, "②候補を承認", "候補の値でよいかを確かめてください。承認されると、次の移行から候補の値になります。",
        "候補は使わず、現行の値のまま移ります。",
        (*_PERSON, *_ITEM, *_VALUES, *_BASIS, *_STATE),
        (
            Choice("候補を採用する", "adopt_candidate", "candidate", needs_candidate=True),
            Choice("別の値にする", "replace_with", "new_value", needs_reason=True),
            Choice("このままでよい", "accept_as_is", needs_reason=True),
            Choice("現行で直す", "send_back", "either"),
        ),
        new_value=True,
    ),
    Sheet(
        JUDGE, "③判断", "1件ずつ、このままでよいか直すかを判断してください。",
        "未判断として残り、移行判定の件数に数えます。",
        (*_PERSON, *_ITEM, *_CERTIFIED, *_VALUES, *_BASIS, *_STATE),
        (
            Choice("このままでよい", "accept_as_is", needs_reason=True),
            Choice("現行で直す", "send_back", "either"),
            Choice("期限まで許容する", "waive", needs_reason=True),
            Choice("別の値にする", "replace_with", "new_value", certified=False, needs_reason=True),
            Choice("重複：同一人（候補の番号へ紐付ける）", "link_to", "candidate", needs_reason=True,
                   needs_candidate=True, of_pairs=True),
            Choice("重複：別人", "not_duplicate", needs_reason=True, of_pairs=True),
        ),
        new_value=True,
    ),
    Sheet(
        POLICY, "④方針を決める", "同じ種類のものをまとめて1行にしました。1行の回答が、その種類の全件に及びます。",
        "その種類の全件が未判断として残ります。",
        (
            Column("確認した規則", "rule", 24), Column("項目", "item_path", 18),
            *_CERTIFIED, Column("件数", "count", 9), Column("人数", "people", 9),
            Column("うち引渡しを\n止める件数", "blocking", 11),
            Column("例（多い順に5つまで。値 → 候補）", "examples", 50),
        ),
        (
            Choice("すべてこのままでよい", "accept_as_is", needs_reason=True),
            Choice("すべて現行で直す", "send_back", "candidate"),
            Choice("すべて候補を採用する", "adopt_candidate", "candidate", certified=False, needs_reason=True,
                   needs_candidate=True),
            Choice("期限まですべて許容する", "waive", needs_reason=True),
            Choice("1件ずつ判断したい", None),
        ),
        per_kind=True,
    ),
    Sheet(
        CONFIRM, "⑤確認だけ", "移行は止まりません。目を通し、おかしいものだけ知らせてください。",
        "回答がなくても、このまま移ります。",
        (
            *_PERSON, *_ITEM, *_CERTIFIED, Column("件数", "count", 8),
            Column("現在の値（まとめた行は例）", "before", 30), *_BASIS, *_STATE,
        ),
        (
            Choice("確認した", "accept_as_is"),
            Choice("おかしい。現行で直す", "send_back", needs_reason=True),
        ),
    ),
)

BY_NAME = {sheet.name: sheet for sheet in SHEETS}
