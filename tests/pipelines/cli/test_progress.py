from __future__ import annotations

import io

from pipelines.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_the_first_and_the_last_line_of_a_file_and_no_line_per_block() -> None:
    stream = io.StringIO()
    with progress(stream) as report:
        report("sample city made", 0, 0)
        for done in range(100, 1001, 100):
            report("001 jumin", done, 1000)
    assert stream.getvalue().splitlines() == [
        "sample city made", "001 jumin: 100 of 1,000 records", "001 jumin: 1,000 of 1,000 records",
    ]


def test_a_terminal_gets_a_bar_with_the_name_as_it_is() -> None:
    stream = Terminal()
    with progress(stream) as report:
        report("[001] jumin", 500, 1000)
        report("[001] jumin", 1000, 1000)
    assert "[001] jumin" in stream.getvalue()
    assert "1000/1000" in stream.getvalue()
