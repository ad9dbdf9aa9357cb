"""Find out what an endpoint can really do, by asking it: servers ignore parameters they do not know."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from triagebot.llm.configured import spec_of
from triagebot.llm.endpoint import AttemptFailed, Connection, Reply, Request
from triagebot.llm.schema import strict_schema
from triagebot.settings import Endpoint


@dataclass(slots=True)
class Report:
    """What was found. `problems` say, one a line, what is wrong and how to mend it."""

    reachable: bool = False
    models: list[str] = field(default_factory=list)
    model: str = ""
    schema_enforced: bool = False
    counts_usage: bool = False
    logprobs: bool = False
    seconds: float | None = None
    tokens_per_second: float | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """True if the endpoint answers and keeps to a schema."""
        return self.reachable and self.schema_enforced


class _Unlikely(BaseModel):
    """No model comes upon this by itself, least of all when it is asked for something else."""

    model_config = ConfigDict(extra="forbid")

    vexillum: int
    quondam: list[bool]


async def probe(endpoint: Endpoint) -> Report:
    """Ask the endpoint a few short questions. `SettingsError` if it could not even be asked."""
    spec = spec_of(endpoint, "LLM")
    connection = Connection(spec)
    report = Report()
    try:
        try:
            report.models = await connection.models()
            report.reachable = True
        except AttemptFailed as failure:
            report.problems.append(f"It does not list its models: {failure}.")
        await _ask(connection, report)
    finally:
        await connection.close()
    if spec.model and report.models and spec.model not in report.models:
        report.problems.append(f"It does not list {spec.model}, but {', '.join(report.models[:10])}.")
    return report


async def _ask(connection: Connection, report: Report) -> None:
    request = Request(
        messages=({"role": "user", "content": "Write the word hello. Write it as plain text, not as JSON."},),
        schema_name="Unlikely",
        schema=strict_schema(_Unlikely, connection.spec.dialect) | {"description": "a test"},
        max_output_tokens=200,
        temperature=0,
    )
    try:
        reply = await connection.send(request)
    except AttemptFailed as failure:
        report.problems.append(f"It does not answer: {failure}.")
        return
    report.reachable = True
    _note(report, reply)
    try:
        with_logprobs = Request(
            request.messages, request.schema_name, request.schema, 40, 0, {"logprobs": True}
        )
        report.logprobs = (await connection.send(with_logprobs)).logprobs
    except AttemptFailed:
        report.logprobs = False


def _note(report: Report, reply: Reply) -> None:
    report.model = reply.model
    report.seconds = round(reply.seconds, 3)
    report.counts_usage = reply.counted
    if reply.output_tokens and reply.seconds:
        report.tokens_per_second = round(reply.output_tokens / reply.seconds, 1)
    # A list without an end is cut off by the limit: half an answer in the asked form is proof enough.
    begun = reply.text.lstrip().startswith("{") and "vexillum" in reply.text
    report.schema_enforced = begun
    if not begun:
        report.problems.append(
            "It does not keep to a JSON schema: `response_format` is ignored. With vLLM, update to 0.12 or later; "
            "other servers need one that supports structured output."
        )
    if not reply.counted:
        report.problems.append("It does not count tokens: budgets run on estimates, and costs are unknown.")
