"""Layouts against data: 引渡し適合検査, 項目Fit&Gap, data dictionaries, 引継パッケージ and 連携一覧.

Each module makes one kind of document: it measures first and returns what it found as frozen rows, then writes a
workbook or page of them. No value of a resident stands in any of them; codes, counts, lengths and shapes do.
"""
