"""The kinds of transactions: each app registers its own, with the words people read.

A kind says which right opens its transactions beside ``transactions_view``, what its fields are called, and what
must be done when the carrier completes one that waited.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.text import capfirst

from groups.atoms import BASE
from portal.templatetags.portal_words import phone

if TYPE_CHECKING:
    from groups.models import Transaction

Words = str | Promise


@dataclass(frozen=True)
class TransactionKind:
    """One kind of change. *right*: the atom without which nobody sees transactions of it.

    *fields* names what stands in ``before`` and ``after``, in the order of the page. *apply* carries a change out that
    waited for the carrier; it runs in the transaction that completes it and raises ValidationError when it cannot.
    *about* names the fields that are shown although they stay the same, since they say what it is about; lists show the
    first of them. *written*
    turns the text of a field into what people read, where that is not the same.
    *on_its_day*: what takes effect on a day to come is not carried out before, since it would hold at once.
    *answer* names the field in which staff write to the employer when they complete one, since asking was all of it.
    *page* returns words and address of the page of what it is about, None where there is none any more.
    *staff_page* is the same on the staff side, and *effect* says there what completing one does.
    *change_right* is the atom whose holders may take back what a colleague submitted; without one only they may.
    """

    code: str  # "app.noun_verbed", as in the audit trail
    label: Words  # "Contact changed"
    right: str = BASE
    fields: Mapping[str, Words] = field(default_factory=dict)
    apply: "Callable[[Transaction], None] | None" = None
    on_its_day: bool = False
    answer: str = ""
    page: "Callable[[Transaction], tuple[Words, str] | None] | None" = None
    staff_page: "Callable[[Transaction], tuple[Words, str] | None] | None" = None
    effect: Words = ""
    change_right: str = ""
    about: tuple[str, ...] = ()
    written: Mapping[str, Callable[[str], Words]] = field(default_factory=dict)


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


def codes_open_to(granted: Iterable[str]) -> list[str]:
    """Return the codes of ``open_to``; whatever is of no known kind is open to nobody at the employer."""
    return sorted(kind.code for kind in open_to(granted))


def is_known(code: str) -> bool:
    """Tell whether an app has registered the kind called *code*."""
    return code in _kinds


def on_their_day() -> list[str]:
    """Return the codes of the kinds that are not carried out before their effective date."""
    return sorted(kind.code for kind in _kinds.values() if kind.on_its_day)


@dataclass(frozen=True)
class Change:
    """One field of a transaction: what it is called, what stood there, what is wanted."""

    label: Words
    before: str
    after: str


def compared(code: str, before: Mapping[str, object], after: Mapping[str, object]) -> list[Change]:
    """Return what differs, and what it is about, in the order of the kind; unknown fields by their names, last."""
    kind = kind_of(code)
    names = [*kind.fields, *sorted((before.keys() | after.keys()) - kind.fields.keys())]
    return [
        Change(
            _label(kind, name),
            _in_words(kind, name, before),
            _in_words(kind, name, after),
        )
        for name in names
        if str(before.get(name, "")) != str(after.get(name, ""))
        or (name in kind.about and (before.get(name) or after.get(name)))
    ]


def in_one_line(code: str, fields: Mapping[str, object]) -> str:
    """Return what stands in *fields* in one line, in the order of the kind: "Phone: (413) 555-0115; Title: CFO".

    What the kind does not name, such as the number of a row, is for programs and left out.
    """
    kind = kind_of(code)
    words = ((name, _in_words(kind, name, fields)) for name in kind.fields or sorted(fields))
    return "; ".join(f"{_label(kind, name)}: {text}" for name, text in words if text)


def subject_of(code: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Return in words what a transaction is about, "" when its kind does not say."""
    kind = kind_of(code)
    if not kind.about:
        return ""
    return _in_words(kind, kind.about[0], after) or _in_words(kind, kind.about[0], before)


def _label(kind: TransactionKind, name: str) -> Words:
    return kind.fields.get(name) or capfirst(name.replace("_", " "))


def _in_words(kind: TransactionKind, name: str, fields: Mapping[str, object]) -> str:
    text = str(fields.get(name, ""))
    written = kind.written.get(name, phone if name == "phone" else str)
    return str(written(text)) if text else ""
