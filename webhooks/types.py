"""What crosses the door of this room."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EndpointSecrets:
    """What a merchant needs to verify our signatures. `secret` is shown once and never again."""

    secret: str = field(repr=False)
    """`whsec_…`: the key of the `v1` signatures."""
    public_key: str
    """`whpk_…`: verifies the `v1a` signatures. It is no secret, and stays readable."""
