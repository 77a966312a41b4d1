"""States of a message to the card network. Pure."""

from django.db.models import TextChoices


class MessageKind(TextChoices):
    """What we ask or tell the network. The values are stored."""

    VERIFICATION = "verification"
    """0100 with amount 0: does the issuer vouch for this card?"""
    AUTHORIZATION = "authorization"
    """0100: promise us this amount."""
    CAPTURE = "capture"
    """0220: the shop takes what was promised."""
    VOID = "void"
    """0400: we let go of the promise."""
    RELEASE = "release"
    """0400 with replacement amounts: we let go of the part of the promise that nobody will take."""
    REVERSAL = "reversal"
    """0420: nobody told us what became of it, so take it back."""
    REFUND = "refund"
    """0200, processing code 20: give money back."""
    EVIDENCE = "evidence"
    """0620: the shop answers a case, with the digest of its evidence."""
    ACCEPTANCE = "acceptance"
    """0620: the shop gives in."""


class NoticeKind(TextChoices):
    """What the network tells us unasked, by 0620. The values are stored, and said on the wire."""

    FRAUD_REPORT = "fraud_report"
    """The issuer says that the card's owner did not make this payment."""
    FRAUD_ELSEWHERE = "fraud_elsewhere"
    """The card was misused at somebody else's shop, some time after this sale."""
    INQUIRY = "inquiry"
    """The issuer asks before it takes money back."""
    DISPUTE_OPENED = "dispute_opened"
    """The issuer has taken money back. The case may have been an inquiry before."""
    DISPUTE_STAGE = "dispute_stage"
    """The second stage of a case: pre-arbitration."""
    DISPUTE_CLOSED = "dispute_closed"
    """How a case ended."""
    ACCOUNT_UPDATED = "account_updated"
    """A card that we keep has a new expiry."""
    CONTRADICTION = "contradiction"
    """Not told by the network but found by us: two answers to one question that differ. The first one is kept."""
    UNKNOWN = "unknown"
    """A kind that we do not know: kept, acknowledged, and shown to a person."""


class MessageStatus(TextChoices):
    SENT = "sent"
    """May have left the house; written before the first byte goes out. After a crash, whatever says this is unknown."""
    ANSWERED = "answered"
    """The network's answer is on the row. The first answer is kept, whatever comes later."""
    NOT_SENT = "not_sent"
    """Certain: it never left the house, and its reference is used up."""


class AuthenticationStatus(TextChoices):
    """How far one run of 3-D Secure has come, as the safe knows it."""

    SENT = "sent"
    """The question may have left the house. Found so after a crash, no answer will come: it counts as unavailable."""
    WAITING = "waiting"
    """The issuer wants to see its customer; its result has not come yet."""
    DECIDED = "decided"
    """The issuer's word is on the row. The first one is kept."""
    UNAVAILABLE = "unavailable"
    """The directory did not answer, or nothing that makes sense."""
    DISTRUSTED = "distrusted"
    """A result came that belongs to another transaction."""


class Outcome(TextChoices):
    """How a promise ended, as far as the safe itself brought it about."""

    OPEN = ""
    """Not ended, or not by us."""
    CAPTURED = "captured"
    """The network acknowledged a capture, of all or of a part."""
    LET_GO = "let_go"
    """Voided or reversed, and the network acknowledged it."""
    NOT_FOUND = "not_found"
    """The network knows nothing of it, and others were told so: a late yes must be reversed."""
