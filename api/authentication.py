"""Who asks: a merchant's secret key in the Authorization header, and nowhere else."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.errors import KeyInAddress, KeyMissing, ScopeMissing
from common import clock
from common.actors import Actor
from merchants.queries import merchant_by_api_key
from merchants.states import API_VERSION

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from events.types import Claim
    from merchants.models import Merchant
    from merchants.types import KeyHolder

ANY_KEY_PREFIX = "vp_"


class MerchantRequest(Request):
    """What a view of ours receives once the key was accepted: `user` is its holder."""

    @property
    def holder(self) -> "KeyHolder":
        return cast("KeyHolder", self.user)

    @property
    def merchant(self) -> "Merchant":
        return self.holder.merchant

    @property
    def actor(self) -> Actor:
        return self.holder.actor

    spoken: str = API_VERSION
    """The version of the contract that this request speaks: its header's, or its key's."""

    known: bool = False
    """Whether its key was accepted."""
    begun: float
    """When it came, by the monotonic clock."""
    body_read: Mapping[str, Any]
    """What an input found in its body."""

    @property
    def request_id(self) -> str:
        return cast("str", getattr(self._request, "request_id", ""))

    claim: "Claim"
    """What an idempotent view holds while it runs: its idempotency key is taken."""

    def effect_id(self, prefix: str) -> str:
        """The id of what this request makes: the same for every retry, so that a retry finds it."""
        return self.claim.effect_id(prefix)


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, str]:
        if any(value.startswith(ANY_KEY_PREFIX) for values in request.query_params.lists() for value in values[1]):
            raise KeyInAddress
        word, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer" or not secret.isascii():
            raise KeyMissing
        holder = merchant_by_api_key(secret.strip(), clock.now())
        if holder is None:
            raise KeyMissing
        return holder, secret[:11]

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="VaultPay"'


class Nobody(BasePermission):
    """The default: a view without a permission of its own is closed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False


def needs_scope(read: str | None = None, write: str | None = None) -> type[BasePermission]:
    """The permission class of a view: `read` for GET, `write` for everything else."""

    class NeedsScope(BasePermission):
        scopes: ClassVar = (read, write)
        """For the description: what GET needs, and what everything else does."""

        def has_permission(self, request: Request, view: "APIView") -> bool:
            scope = read if request.method in {"GET", "HEAD"} else write
            if scope is not None and not cast("KeyHolder", request.user).may(scope):
                raise ScopeMissing(scope=scope)
            return True

    return NeedsScope
