"""What this room refuses.

Refusal
├── MerchantNotFound · ShopNotFound · MemberNotFound · ApiKeyNotFound · ApiRequestNotFound     not there, or not theirs
├── UnacceptableUrl (UrlTooLong, UrlNotPublic, UrlHasQuery, OriginHasPath) · UnknownScope · UnacceptableEmail ·
│   UnacceptableTerms                                                     makes no sense as written
├── OriginTaken · AlreadyMember · LastOwner · TooManyKeys · NameDiffers   against a rule
└── KeyNotLive · DepartureWaits                                           possible before, not now
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class MerchantNotFound(Refusal):
    code, kind = "merchant_not_found", Kind.NOT_FOUND
    message = _("There is no such merchant.")


class ShopNotFound(Refusal):
    code, kind = "shop_not_found", Kind.NOT_FOUND
    message = _("There is no such shop.")


class MemberNotFound(Refusal):
    code, kind = "member_not_found", Kind.NOT_FOUND
    message = _("There is no such member.")


class ApiKeyNotFound(Refusal):
    code, kind = "api_key_not_found", Kind.NOT_FOUND
    message = _("There is no such API key.")


class ApiRequestNotFound(Refusal):
    code, kind = "api_request_not_found", Kind.NOT_FOUND
    message = _("There is no such request, or it was forgotten since.")


class UnacceptableUrl(Refusal):
    code, kind, field = "unacceptable_url", Kind.INVALID, "url"
    message = _("Please give a plain https address, without user name, wildcard, fragment, spaces or dots in its path.")


class UrlTooLong(UnacceptableUrl):
    code = "url_too_long"
    message = _("Please give an address of at most {most} characters.")


class UrlNotPublic(UnacceptableUrl):
    code = "url_not_public"
    message = _("Please give an https address with the full name of a public host.")


class UrlHasQuery(UnacceptableUrl):
    code = "url_has_query"
    message = _("Please register the address without a query; what follows the question mark may differ each time.")


class OriginHasPath(UnacceptableUrl):
    code = "origin_has_path"
    message = _("Please give only scheme, host and port, such as https://shop.example.")


class UnknownScope(Refusal):
    code, kind, field = "unknown_scope", Kind.INVALID, "scopes"
    message = _("Please choose at least one scope, and only from the list.")


class UnacceptableEmail(Refusal):
    code, kind, field = "unacceptable_email", Kind.INVALID, "email"
    message = _("Please give a full e-mail address.")


class UnacceptableTerms(Refusal):
    """Merchant category codes (ISO 18245) are four digits; a fee is between 0 and 10,000 basis points."""

    code, kind = "unacceptable_terms", Kind.INVALID
    message = _("The category code is four digits, and the fee is between 0 and 100 %.")


class OriginTaken(Refusal):
    code, kind = "origin_taken", Kind.RULE
    message = _("Another shop already sells at {origin}.")


class AlreadyMember(Refusal):
    code, kind, field = "already_member", Kind.RULE, "email"
    message = _("This person already belongs to the team.")


class LastOwner(Refusal):
    code, kind = "last_owner", Kind.RULE
    message = _("A team keeps at least one owner. Please make somebody else an owner first.")


class TooManyKeys(Refusal):
    code, kind = "too_many_api_keys", Kind.RULE
    message = _("There can be at most {most} live API keys. Please revoke one that is no longer used.")


class KeyNotLive(Refusal):
    code, kind = "api_key_not_live", Kind.STATE
    message = _("This API key is revoked, expired or already rolled.")


class NameDiffers(Refusal):
    """What was typed is not what the merchant is called."""

    code, kind, field = "merchant_name_differs", Kind.RULE, "name_typed"
    message = _("This is not the name of the merchant. Please type the name exactly as it stands above.")


class DepartureWaits(Refusal):
    code, kind = "departure_waits", Kind.STATE
    message = _("That this merchant leaves was proposed already, and waits for a second person.")
