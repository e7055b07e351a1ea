"""Rules on bank accounts and the kana of their holders."""
