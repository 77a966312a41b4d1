from merchants.models.api_key import ApiKey
from merchants.models.api_request import ApiRequest
from merchants.models.departure import Departure
from merchants.models.member import Member
from merchants.models.merchant import Merchant, MerchantStatusChange
from merchants.models.shop import ReturnUrl, Shop

__all__ = ["ApiKey", "ApiRequest", "Departure", "Member", "Merchant", "MerchantStatusChange", "ReturnUrl", "Shop"]
