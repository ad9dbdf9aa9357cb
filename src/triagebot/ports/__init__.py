"""What the parts ask of each other: Protocols only, narrow, named for who needs them.

`app` is the only place that knows which class stands behind which port.
"""

from triagebot.ports.clock import Clock
from triagebot.ports.github import (
    Allowance,
    ChangesPage,
    Executor,
    GitHub,
    GitHubReader,
    HistoryReader,
    PastPage,
)
from triagebot.ports.history import Growth, History, Pairing, Progress, StoredModel
from triagebot.ports.memory import (
    RELATED_FROM,
    Acceptance,
    Embedder,
    LabelOpinion,
    LabelOpinions,
    Matrix,
    Memory,
    RepoMemory,
    Request,
    Similar,
    Vectors,
)
from triagebot.ports.model import Answer, Completion, Model, Models, UsageRecord
from triagebot.ports.plans import Entry, Governor, Intent, Ledger, Plans, Record, Records, Turns
from triagebot.ports.work import (
    Agenda,
    Claim,
    Claims,
    Deliveries,
    DeliveryState,
    Inbox,
    Jobs,
    StoredDelivery,
    Work,
)

__all__ = [
    "RELATED_FROM",
    "Acceptance",
    "Agenda",
    "Allowance",
    "Answer",
    "ChangesPage",
    "Claim",
    "Claims",
    "Clock",
    "Completion",
    "Deliveries",
    "DeliveryState",
    "Embedder",
    "Entry",
    "Executor",
    "GitHub",
    "GitHubReader",
    "Governor",
    "Growth",
    "History",
    "HistoryReader",
    "Inbox",
    "Intent",
    "Jobs",
    "LabelOpinion",
    "LabelOpinions",
    "Ledger",
    "Matrix",
    "Memory",
    "Model",
    "Models",
    "Pairing",
    "PastPage",
    "Plans",
    "Progress",
    "Record",
    "Records",
    "RepoMemory",
    "Request",
    "Similar",
    "StoredDelivery",
    "StoredModel",
    "Turns",
    "UsageRecord",
    "Vectors",
    "Work",
]
