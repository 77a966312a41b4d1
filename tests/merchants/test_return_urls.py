"""Where customers may be sent back to: this very address, or nowhere."""

from functools import partial

import pytest

from common.actors import SYSTEM
from merchants import services as merchants
from merchants.errors import OriginHasPath, ShopNotFound, UnacceptableUrl, UrlHasQuery, UrlTooLong
from merchants.queries import return_urls_of, shop_for_return_url
from merchants.web_addresses import read_origin, read_web_address
from tests.cast import NOON

public = partial(read_web_address, loopback=False)
sandbox = partial(read_web_address, loopback=True)

HOSTILE = [
    "http://komorebi.example/thanks",
    "https://user@komorebi.example/thanks",
    "https://user:pass@komorebi.example/",
    "https://komorebi.example@evil.example/",
    "https://*.komorebi.example/",
    "https://komorebi.example/thanks#fragment",
    "https://komorebi.example/a/../b",
    "https://komorebi.example/./a",
    "https://komorebi.example//evil.example",
    "https://komorebi.example\\@evil.example/",
    "https:/komorebi.example/",
    "https://komorebi.example:0/",
    "https://komorebi.example:65536/",
    "https://komorebi.example:8443x/",
    "https://komorebi/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://localhost/",
    "https://こもれび.example/",
    "https://komorebi.example/こんにちは",
    "https://komorebi.example/a b",
    "https://komorebi.example/\n",
    " https://komorebi.example/",
    "https://komorebi.example/%zz",
    "javascript:alert(1)",
    "data:text/html,x",
    "//komorebi.example/",
    "https://",
    "https://-komorebi.example/",
    "https://komorebi..example/",
    "",
]


class TestReadWebAddress:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_refuses_what_could_be_read_in_two_ways(self, text):
        with pytest.raises(UnacceptableUrl):
            public(text)

    def test_writes_one_address_one_way(self):
        assert public("HTTPS://Komorebi.Example:443").without_query == "https://komorebi.example/"
        assert public("https://komorebi.example:8443/Thanks?order=1").query == "order=1"
        assert public("https://komorebi.example:8443/Thanks").without_query == "https://komorebi.example:8443/Thanks"
        assert public("https://xn--p8j9a0d9c9a.xn--q9jyb4c/a").origin == "https://xn--p8j9a0d9c9a.xn--q9jyb4c"

    @pytest.mark.parametrize(
        "text", ["http://localhost:8001/return", "http://127.0.0.1:8001/r", "http://[::1]:8001/", "http://a.localhost/"]
    )
    def test_knows_this_machine_in_the_sandbox_only(self, text):
        assert sandbox(text).without_query == text
        with pytest.raises(UnacceptableUrl):
            public(text)

    def test_still_wants_https_for_all_others_in_the_sandbox(self):
        with pytest.raises(UnacceptableUrl):
            sandbox("http://komorebi.example/")
        with pytest.raises(UnacceptableUrl):
            sandbox("http://localhost.evil.example/")

    def test_refuses_what_is_too_long(self):
        with pytest.raises(UrlTooLong):
            public("https://komorebi.example/" + "a" * 500)

    def test_takes_an_origin_without_path_only(self):
        assert read_origin("https://komorebi.example/", loopback=False) == "https://komorebi.example"
        with pytest.raises(OriginHasPath):
            read_origin("https://komorebi.example/shop", loopback=False)


@pytest.mark.django_db
class TestShopForReturnUrl:
    def test_knows_the_very_address_with_any_query(self, komorebi):
        for url in (komorebi.return_url, komorebi.return_url + "?order=7", "https://KOMOREBI.example:443/thanks"):
            assert shop_for_return_url(komorebi.id, url) == komorebi.shop

    @pytest.mark.parametrize(
        "url",
        [
            "https://komorebi.example/",
            "https://komorebi.example/thanks/",
            "https://komorebi.example/Thanks",
            "https://komorebi.example/thank",
            "https://komorebi.example:8443/thanks",
            "https://evil.komorebi.example/thanks",
            "https://komorebi.example.evil.example/thanks",
            "http://komorebi.example/thanks",
            "https://komorebi.example/thanks#x",
            "https://komorebi.example/%74hanks",
            "nonsense",
        ],
    )
    def test_knows_nothing_else(self, komorebi, url):
        assert shop_for_return_url(komorebi.id, url) is None

    def test_knows_no_other_merchants_address(self, komorebi, fly_by_night):
        assert shop_for_return_url(fly_by_night.id, komorebi.return_url) is None


@pytest.mark.django_db
class TestRegisterReturnUrl:
    def test_twice_is_once(self, komorebi):
        first, again = (
            merchants.register_return_url(shop_id=komorebi.shop.id, url=komorebi.return_url, by=SYSTEM, now=NOON)
            for _ in range(2)
        )
        assert first == again
        assert len(return_urls_of(komorebi.id)) == 1

    def test_refuses_a_query_and_a_stranger(self, komorebi):
        with pytest.raises(UrlHasQuery):
            merchants.register_return_url(shop_id=komorebi.shop.id, url="https://a.example/?x=1", by=SYSTEM, now=NOON)
        with pytest.raises(ShopNotFound):
            merchants.register_return_url(shop_id="shp_none", url="https://a.example/", by=SYSTEM, now=NOON)

    def test_can_be_withdrawn_by_its_owner_only(self, komorebi, fly_by_night):
        (registered,) = return_urls_of(komorebi.id)
        withdraw = partial(merchants.withdraw_return_url, return_url_id=registered.id, by=SYSTEM, now=NOON)
        withdraw(merchant_id=fly_by_night.id)
        assert shop_for_return_url(komorebi.id, komorebi.return_url)
        withdraw(merchant_id=komorebi.id)
        withdraw(merchant_id=komorebi.id)
        assert shop_for_return_url(komorebi.id, komorebi.return_url) is None
