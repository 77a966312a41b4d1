"""A form that is too long is refused before anybody reads it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler

from portal.middleware import MOST_FORM_BYTES


def test_a_long_form_is_not_read_whoever_sends_it_wherever(client, monkeypatch):
    monkeypatch.setattr(MemoryFileUploadHandler, "handle_raw_input", lambda *_: pytest.fail("it was read"))
    sent = SimpleUploadedFile("long.txt", b"x" * MOST_FORM_BYTES)
    client.handler.enforce_csrf_checks = True
    response = client.post("/language", {"file": sent})
    assert response.status_code == 413
    assert "default-src 'none'" in response["Content-Security-Policy"]
