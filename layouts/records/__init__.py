"""COBOL copybooks, record formats and field codecs: received files to columns of text, and back."""
