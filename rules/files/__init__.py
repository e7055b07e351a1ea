"""Rules about received files: lengths, receipts, control totals, keys."""
