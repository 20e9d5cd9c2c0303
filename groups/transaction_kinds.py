"""The kinds of transactions: each app registers its own, with the words people read.

A kind says which right opens its transactions beside ``transactions_view``, what its fields are called, and what
must be done when the carrier completes one that waited.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from groups.atoms import BASE

if TYPE_CHECKING:
    from groups.models import Transaction

Words = str | Promise


@dataclass(frozen=True)
class TransactionKind:
    """One kind of change. *right*: the atom without which nobody sees transactions of it.

    *fields* names what stands in ``before`` and ``after``, in the order of the page. *apply* carries a change out that
    waited for the carrier; it runs in the transaction that completes it and raises ValidationError when it cannot.
    """

    code: str  # "app.noun_verbed", as in the audit trail
    label: Words  # "Contact changed"
    right: str = BASE
    fields: Mapping[str, Words] = field(default_factory=dict)
    apply: "Callable[[Transaction], None] | None" = None


_kinds: dict[str, TransactionKind] = {}


def register(*kinds: TransactionKind) -> None:
    """Make *kinds* known; called once by each app when it is ready."""
    _kinds.update((kind.code, kind) for kind in kinds)


def kind_of(code: str) -> TransactionKind:
    """Return the kind called *code*; one that is gone from the code still has a readable name."""
    return _kinds.get(code) or TransactionKind(
        code, code.rpartition(".")[2].replace("_", " ").capitalize()
    )


def all_kinds() -> list[TransactionKind]:
    """Return every kind, by its words."""
    return sorted(_kinds.values(), key=lambda kind: str(kind.label))


def open_to(granted: Iterable[str]) -> list[TransactionKind]:
    """Return the kinds whose transactions somebody who holds the atoms *granted* may see."""
    held = frozenset(granted)
    return [kind for kind in all_kinds() if kind.right in held]
