"""The append-only ledger of a migration project: decisions of the stewards, runs and releases, in one hash chain."""

from pipelines.ledger.decision_states import classify, unmatched
from pipelines.ledger.events import Approval, BrokenChain, Proposal, Registration
from pipelines.ledger.issue_identity import IssueIdentity, open_project_key
from pipelines.ledger.ledger import DECISION_SCHEMA, Ledger, open_ledger

__all__ = [
    "DECISION_SCHEMA",
    "Approval",
    "BrokenChain",
    "IssueIdentity",
    "Ledger",
    "Proposal",
    "Registration",
    "classify",
    "open_ledger",
    "open_project_key",
    "unmatched",
]
