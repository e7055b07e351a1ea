"""What people read: one Excel work list per 主管課 and the 移行結果報告書, made from run files and the ledger only."""
