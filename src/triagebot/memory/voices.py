"""How far a language model's voice counts: as far as it has been right about this repository's labels.

The voice never brings a label in: it moves the probability of one that the label model has an opinion of,
by weights learned in `voices_fit` from what people decided afterwards. Before they are learned, or where
the voice did not help, it changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from triagebot.memory.curves import Tally
from triagebot.ports import LabelOpinion, LabelOpinions

FORMAT = 1
FURTHEST = 6.0
"""Log-odds beyond this are cut: 0.998 is as sure as a probability gets here."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The weights of one language model's voice, and how often what came of them was right.

    `curve` holds (probability, right, of) by falling probability: of the `of` held-out cases that
    came out at least so probable, `right` were what people decided.
    """

    model: str
    start: float
    on_label_model: float
    on_voice: float
    curve: tuple[tuple[float, int, int], ...]

    def probability(self, before: float, voice: float) -> float:
        """Return what becomes of the label model's probability when the voice says so much."""
        return _logistic(self.start + self.on_label_model * log_odds(before) + self.on_voice * voice)

    def heard(self, opinion: LabelOpinion, voice: float) -> LabelOpinion:
        """Return the opinion with the voice in it.

        A voice that speaks for the label can raise its precision to what held-out cases show, and not
        above the new probability; one that speaks against it lowers it to that.
        """
        probability = self.probability(opinion.probability, voice)
        if probability < opinion.probability:
            if probability >= opinion.precision:
                return replace(opinion, probability=probability)
            return replace(opinion, probability=probability, precision=probability, right=0, of=0)
        shown = self._shown(probability)
        precision = min(probability, _cautious(shown))
        if precision <= opinion.precision:
            return replace(opinion, probability=probability)
        return replace(opinion, probability=probability, precision=precision, right=shown.right, of=shown.of)

    def _shown(self, probability: float) -> Tally:
        """Return the held-out cases that promise most for this probability: all at least as probable."""
        reached = [Tally(right, of) for at, right, of in self.curve if probability >= at]
        return max(reached, key=_cautious, default=Tally(0, 0))


def with_voices(opinions: LabelOpinions, said: Mapping[str, float], voices: Voices | None) -> LabelOpinions:
    """Return the opinions with what a language model said in them, surest first.

    A label that it did not name counts as voted 0; one that the label model has no opinion of stays out.
    """
    if voices is None:
        return opinions
    heard = [voices.heard(one, min(1.0, max(0.0, said.get(one.label, 0.0)))) for one in opinions.opinions]
    heard.sort(key=lambda one: (one.precision, one.probability), reverse=True)
    return replace(opinions, opinions=tuple(heard))


def to_bytes(voices: Voices) -> bytes:
    """Return the weights as they are stored."""
    return json.dumps({"format": FORMAT} | asdict(voices)).encode()


def from_bytes(body: bytes) -> Voices | None:
    """Return the stored weights; None for those of another version of this program, or none at all."""
    try:
        fields = json.loads(body)
        if fields.pop("format") != FORMAT or not fields:
            return None
        curve = tuple((float(at), int(right), int(of)) for at, right, of in fields.pop("curve"))
        return Voices(
            model=str(fields["model"]),
            curve=curve,
            start=float(fields["start"]),
            on_label_model=float(fields["on_label_model"]),
            on_voice=float(fields["on_voice"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


NOTHING = json.dumps({"format": FORMAT}).encode()
"""What is stored where the voice did not earn a weight, so that it is not tried again at once."""


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, between plus and minus `FURTHEST`."""
    if probability <= 0 or probability >= 1:
        return math.copysign(FURTHEST, probability - 0.5)
    return max(-FURTHEST, min(FURTHEST, math.log(probability / (1 - probability))))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _cautious(tally: Tally) -> float:
    interval = tally.interval
    return interval[0] if interval else 0.0
