"""Check a file as a whole: its record count against the 受領票, its trailer's count and hash totals against the
body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from char_mapping.errors import UnreadableFile


def _number(text: object) -> int | None:
    cleaned = str(text or "").strip()
    return int(cleaned) if cleaned.isascii() and cleaned.lstrip("-").isdigit() else None


def check_totals(
    path: str,
    *,
    announced: int,
    fates: Mapping[str, int],
    control: list[Mapping[str, Any]],
    totals: Mapping[str, int],
    count_item: str | None,
    total_items: Mapping[str, str],
) -> None:
    """Check one received file after all of it was read.

    Args:
        path: The file, for the message.
        announced: Data records its 受領票 declares.
        fates: Records by fate, over the whole file.
        control: Header and trailer records as read, item → text.
        totals: Sums over the data records, item → number.
        count_item: Item of a control record with the number of data records (None: the file declares none).
        total_items: Data item → item of a control record with its hash total.

    Raises:
        UnreadableFile: FIL-002 or FIL-012: the file is not whole, and nothing of its area may be used.
    """
    data = sum(fates.values()) - fates.get("control", 0)
    if data != announced:
        raise UnreadableFile(
            path,
            expected=f"{announced} data records as on the 受領票",
            found=f"{data} (FIL-002)",
            todo="Ask for the delivery to be repeated",
        )
    declared = {name: value for record in control for name, value in record.items()}
    checks = [(count_item, data, "data records")] if count_item else []
    if not fates.get("isolated"):
        # A record that could not be read cannot be summed; it is counted, named and kept apart instead.
        checks += [(declaring, totals.get(item, 0), f"as the sum of {item}") for item, declaring in total_items.items()]
    for item, found, what in checks:
        value = _number(declared.get(item or ""))
        if value is None:
            raise UnreadableFile(
                f"{path} {item}",
                expected="a number in a header or trailer record",
                found="none (FIL-012)",
                todo="Check format.header, format.trailer and control of the source definition",
            )
        if value != found:
            raise UnreadableFile(
                f"{path} {item}",
                expected=f"{value} {what}",
                found=f"{found} (FIL-012)",
                todo="Ask for the delivery to be repeated; records are missing, doubled or changed",
            )
