"""What a call cost, from the operator's prices or, for few models, from a published list."""

from __future__ import annotations

from dataclasses import dataclass

from triagebot.settings import Endpoint


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens. `cached` input was read from, `written` to, the prefix cache."""

    input: float
    output: float
    cached: float
    written: float

    def of(self, *, input_tokens: int, cached: int, written: int, output_tokens: int) -> float:
        """Return the price of one call; `cached` and `written` are parts of `input_tokens`."""
        plain = max(0, input_tokens - cached - written)
        total = plain * self.input + cached * self.cached + written * self.written
        return (total + output_tokens * self.output) / 1_000_000


# See the model's page in OpenAI's documentation, as of 2026-11. A model that is not here has no price
# until the operator sets one: a wrong cost is worse than none.
_OPENAI = {
    "gpt-6-luna": Price(input=0.10, output=0.50, cached=0.01, written=0.125),
}


def price_of(endpoint: Endpoint, model: str | None, *, openai: bool) -> Price | None:
    """Return the operator's price, else the published one, else None. Half a price is none."""
    if endpoint.input_price is not None and endpoint.output_price is not None:
        price = endpoint.input_price
        return Price(input=price, output=endpoint.output_price, cached=price, written=price)
    return _OPENAI.get(model or "") if openai else None
