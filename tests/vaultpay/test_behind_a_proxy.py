"""Behind a proxy that ends TLS: https is believed when the operator says that a proxy overwrites the header."""

import pytest


@pytest.mark.django_db
class TestStrictTransportSecurity:
    def test_is_sent_when_the_proxy_says_https(self, client, settings):
        settings.SECURE_PROXY_SSL_HEADER, settings.SECURE_HSTS_SECONDS = ("HTTP_X_FORWARDED_PROTO", "https"), 63_072_000
        said = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
        assert said.headers["Strict-Transport-Security"].startswith("max-age=63072000")

    def test_is_not_believed_from_anybody_without_a_proxy(self, client, settings):
        settings.SECURE_HSTS_SECONDS = 63_072_000
        assert settings.SECURE_PROXY_SSL_HEADER is None
        said = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
        assert "Strict-Transport-Security" not in said.headers
