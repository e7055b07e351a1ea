"""Official workbooks: 基本データリスト, 項目定義書 and 中間標準レイアウト, read into definitions and written back.

The workbooks are not ours to ship, so a project imports its own copy: ``reading`` understands their sheets,
``definitions`` makes a project's layouts and code lists of them, ``writing`` gives them back as a workbook of the same
form.
"""
