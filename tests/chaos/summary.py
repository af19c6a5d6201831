"""What was done to the stack, what was promised meanwhile, and how long the services were away."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.harm import EXTRAS, KILLED
from tests.chaos.load import Promises


@dataclass(frozen=True)
class Round:
    """One blow. commands, mails: seconds until one was accepted again that was sent after it; None
    when the next blow did not wait for that. confused: Kafka needed a second restart."""

    blow: Sequence[str]
    commands: float | None = None
    mails: float | None = None
    confused: bool = False

    def __str__(self) -> str:
        name = f"{' + '.join(self.blow):<20}"
        if self.commands is None or self.mails is None:
            return f"{name} (the next one does not wait)"
        again = "  (Kafka had lost its groups and was restarted)" if self.confused else ""
        return f"{name} commands {self.commands:5.1f} s  mails {self.mails:5.1f} s{again}"


def summary(rounds: Sequence[Round], promises: Promises) -> str:
    """For the person who ran it."""
    return "\n".join([*_counts(rounds, promises), *_absences(rounds)])


def _counts(rounds: Sequence[Round], promises: Promises) -> Iterator[str]:
    blows = Counter(name for round in rounds for name in round.blow)
    yield f"rounds {len(rounds)}: " + ", ".join(f"{name} {n}" for name, n in blows.most_common())
    if confused := sum(round.confused for round in rounds):
        yield f"times that Kafka lost its groups in a restart and needed another one: {confused}"
    accepted = [mail for mail in promises.mails if mail.copies]
    twice = sum(mail.copies > 1 for mail in accepted)
    answers = sum(bool(mail.answers) for mail in accepted)
    yield f"mails accepted {len(accepted)}, delivered more than once {twice}, answers {answers}"
    fates = Counter(sent.refusal or sent.fate for sent in promises.commands)
    told = ", ".join(f"{fate} {count}" for fate, count in fates.most_common())
    repeated = sum(sent.attempts > 1 for sent in promises.commands)
    yield f"commands {len(promises.commands)}: {told}; sent more than once {repeated}"


def _absences(rounds: Sequence[Round]) -> Iterator[str]:
    yield "seconds from a blow to the next success, p50 / max (only blows that stood alone):"
    for name in (*KILLED, *EXTRAS):
        alone = [r for r in rounds if tuple(r.blow) == (name,) and not r.confused]
        commands = [round.commands for round in alone if round.commands is not None]
        mails = [round.mails for round in alone if round.mails is not None]
        if commands and mails:
            yield (
                f"  {name:<9} command {statistics.median(commands):4.1f} / {max(commands):4.1f}"
                f"   mail {statistics.median(mails):4.1f} / {max(mails):4.1f}"
            )
