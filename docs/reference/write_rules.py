"""Write docs/reference/rules.md from the rule catalogue (``--check``: only compare, exit 1 when it is stale)."""

from __future__ import annotations

import sys
from pathlib import Path

from rules.catalogue import Rule, load_catalogue

PAGE = Path(__file__).with_name("rules.md")
HEAD = """# 規則一覧

`rules/catalogue.csv` から `docs/reference/write_rules.py` で作成。直すときは catalogue.csv を直す。

- 重: E 誤り · W 注意 · I 参考
- 処置: AUTO 形だけを機械で直し変更台帳に残す · PROPOSE 候補を示し承認を待つ · REVIEW 値を変えず確認票に載せる ·
  BLOCK 止める · NONE 検査だけ、または触らないことの明示
- 止めるもの: file ファイルを使わない · record そのレコードを別に置く · release 値を保留し引渡しを止める · none 止めない
- 確認票: 住民票記載事項（certified）の指摘は、次の欄にかかわらず ①現行で直す
- 根拠: ◎ 公開資料で確認 · ○ 実測 · △ 業務知識。実情に合わない規則は、理由を付けて止められる
  （ikou.toml の `[rules.off]`）
"""
FAMILIES = {
    "FIL": "ファイル・レコード・バイト",
    "NUM": "数値・金額",
    "DAT": "年月日",
    "NAM": "氏名・カナ",
    "ADR": "住所・郵便番号",
    "ORG": "法人・事業者名",
    "TEL": "電話",
    "BNK": "口座",
    "IDN": "番号・検査数字",
    "COD": "コード・区分",
    "NUL": "必須・空欄",
    "HSE": "住民・世帯",
    "REF": "参照・業務間整合",
    "DUP": "重複・名寄せ",
    "MOJ": "文字・文字同定",
    "RCN": "移行検証・照合",
    "ARE": "業務固有の整合",
    "SEC": "個人情報・運用",
}
ASKS = {
    "fix_at_source": "①現行で直す",
    "approve": "②候補を承認",
    "judge": "③判断",
    "policy": "④方針を決める",
    "confirm": "⑤確認だけ",
}
STATES = {"built": "実装済み", "planned": "予定", "out": "対象外"}


def cell(text: str) -> str:
    """Text that is safe inside a table row."""
    return text.replace("|", "\\|").replace("\n", " ")


def row(rule: Rule) -> str:
    """One rule as a row of its family's table."""
    example = f"{rule.before} → {rule.after}" if rule.before or rule.after else ""
    state = STATES[rule.state] + (f"（{rule.reason}）" if rule.reason else f" v{rule.version}")
    cells = (
        rule.id,
        f"**{rule.name}** {rule.description}",
        f"{rule.severity} {rule.action}",
        rule.blocks,
        ASKS[rule.ask],
        example,
        rule.evidence,
        state,
    )
    return "| " + " | ".join(cell(text) for text in cells) + " |\n"


def page() -> str:
    """The whole page."""
    catalogue = load_catalogue()
    counts = "、".join(f"{label} {sum(r.state == state for r in catalogue)}" for state, label in STATES.items())
    parts = [HEAD, f"\n全 {len(catalogue)} 件（{counts}）\n"]
    for family, label in FAMILIES.items():
        parts.append(f"\n## {family} {label}\n\n")
        parts.append("| 番号 | 規則 | 重・処置 | 止めるもの | 確認票 | 例 | 根拠 | 状態 |\n")
        parts.append("|---|---|---|---|---|---|---|---|\n")
        parts += [row(rule) for rule in catalogue if rule.family == family]
    return "".join(parts)


def main() -> int:
    """0 when the page stands as it should."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text("utf-8") == text:
            return 0
        sys.stderr.write(f"{PAGE} is stale: run python docs/reference/write_rules.py\n")
        return 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
