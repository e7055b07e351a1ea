"""The append-only ledger of a migration project: decisions of the stewards, runs and releases, in one hash chain."""

from pipelines.ledger.audit import AUDIT_LABELS, Access
from pipelines.ledger.book import DECISION_SCHEMA
from pipelines.ledger.database import exists, remember_location
from pipelines.ledger.decision_states import ASKED_COLUMNS, classify, unmatched
from pipelines.ledger.events import Approval, Assignment, BrokenChain, Proposal, Registration
from pipelines.ledger.issue_identity import IssueIdentity, open_project_key
from pipelines.ledger.ledger import Ledger, open_ledger
from pipelines.ledger.matching import in_force, matches, preview, with_selectors

__all__ = [
    "ASKED_COLUMNS",
    "AUDIT_LABELS",
    "DECISION_SCHEMA",
    "Access",
    "Approval",
    "Assignment",
    "BrokenChain",
    "IssueIdentity",
    "Ledger",
    "Proposal",
    "Registration",
    "classify",
    "exists",
    "in_force",
    "matches",
    "open_ledger",
    "open_project_key",
    "preview",
    "remember_location",
    "unmatched",
    "with_selectors",
]
