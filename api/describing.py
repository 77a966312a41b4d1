"""What a call is, said where the call stands: the OpenAPI document and the pages below /docs are made from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from django.utils.functional import Promise

from api.fields import Input
from api.pages import ListQuery
from common.errors import Refusal

V = TypeVar("V", bound=Callable[..., Any])
Sentence = str | Promise


@dataclass(frozen=True, slots=True)
class Described:
    """One call. What its decorators, its permissions and its address say already is not said again here."""

    summary: Sentence
    answer: str
    """The component that the body of a success is: a name in `api.objects`."""
    status: int = 200
    about: Sentence = ""
    body: type[Input] | None = None
    query: ListQuery | None = None
    refuses: Sequence[type[Refusal]] = ()
    """What its verb and its questions refuse, beside what every call may refuse."""
    upload: Sequence[str] = ()
    """The media types of a file that is the body itself; what `upload_says` names stands in the query."""
    upload_says: Literal["name", "signature"] = "name"
    example: Mapping[str, Any] = field(default_factory=dict)
    """A body that could be sent."""
    public: bool = False
    """Answers without a key."""


def described(summary: Sentence, **facts: Any) -> Callable[[V], V]:
    """Put the facts of `Described` on the method of a view."""

    def put(method: V) -> V:
        method.described = Described(summary=summary, **facts)  # type: ignore[attr-defined]
        return method

    return put
