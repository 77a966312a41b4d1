"""What is kept as evidence: the bytes decide, names are never believed, and nothing may hide behind a file."""

import os
import stat
import struct
import zlib
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from common.ids import new_id
from payments import services as payments
from payments.errors import (
    DisputeDeadlinePassed,
    DisputeNotFound,
    EvidenceFileNotFound,
    EvidenceTooLarge,
    EvidenceTooMany,
    EvidenceTypeDiffers,
    EvidenceTypeNotAccepted,
)
from payments.evidence import JPEG, PDF, PNG, TEXT, harmless_name, media_type_of
from payments.gateways.evidence_store import EvidenceGone, keep, read
from payments.models import EvidenceFile
from payments.queries import evidence_file_of_merchant
from tests.payments.disputes import PDF as A_PDF
from tests.payments.disputes import Issuer

VERB = import_module("payments.services.add_evidence_file")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


A_PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + chunk(b"IEND", b"")
)
A_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda\x00\x04\x00\x00\x12\x34\xff\xd9"
A_TEXT = "11月18日に発送しました。\nSigned: 山田\n".encode()
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ZIP = b"PK\x03\x04rest of an archivePK\x05\x06" + bytes(18)


class TestTheBytes:
    @pytest.mark.parametrize(
        ("content", "media_type"), [(A_PDF, PDF), (A_PNG, PNG), (A_JPEG, JPEG), (A_TEXT, TEXT), (b"a,b\n1,2\n", TEXT)]
    )
    def test_say_what_it_is(self, content, media_type):
        assert media_type_of(content) == media_type

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"   \n",
            HTML,
            SVG,
            b"\xef\xbb\xbf" + HTML,
            b"harmless words first\n<ScRiPt src=x>",
            b'<?xml version="1.0"?><x/>',
            b"%!PS-Adobe-3.0",
            ZIP,
            b"MZ\x90\x00",
            b"GIF89a\x01\x00\x01\x00",
            b"null\x00byte",
            b"\xff\xfet\x00e\x00x\x00t\x00",
            A_PDF.replace(b"%%EOF", b""),
            A_PDF + ZIP,  # opens as a PDF, and as an archive
            HTML + A_PDF,  # a PDF that does not begin as one
            A_PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (app.alert) >>"),
            A_PDF.replace(b"/Catalog", b"/Catalog /J#61vaScript (x)"),
            A_PDF.replace(b"/Catalog", b"/Catalog /Launch (x)"),
            A_PDF.replace(b"/Catalog", b"/Catalog /EmbeddedFiles (x)"),
            A_PNG + HTML,
            A_PNG[:-4],
            A_PNG[:-1] + b"\x00",
            A_JPEG + HTML,
            A_JPEG + ZIP,
            A_JPEG[:-2],
            b"\xff\xd8\xff\xd9",
        ],
    )
    def test_of_anything_else_are_not_taken(self, content):
        assert media_type_of(content) is None

    def test_of_a_picture_too_large_to_draw_are_not_taken(self):
        huge = A_PNG.replace(A_PNG[8:33], chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 0, 0, 0, 0)))
        assert media_type_of(huge) is None


class TestTheName:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("slip.pdf", "slip.pdf"),
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\fakepath\\slip.pdf", "slip.pdf"),
            ("..", ""),
            (".htaccess.txt", "htaccess.txt"),
            ("inv\u202efdp.exe.pdf", "invfdp.exe.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
            ("納品書 1.pdf", "納品書 1.pdf"),
            ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ],
    )
    def test_is_made_harmless(self, given, shown):
        assert harmless_name(given) == shown


@pytest.mark.django_db(transaction=True)
class TestKeeping:
    @pytest.fixture
    def dispute(self, till, alice, komorebi):
        issuer = Issuer(till)
        return issuer.disputes(issuer.sale(alice, komorebi))

    @pytest.fixture
    def add(self, till, dispute, komorebi):
        def add_file(name="slip.pdf", content=A_PDF, **facts):
            known = {"dispute_id": dispute.id, "by": komorebi.actor, "now": till.now}
            return payments.add_evidence_file(name=name, content=content, **known | facts)

        return add_file

    def test_lies_under_a_name_of_ours_and_nobody_else_may_read_it(self, add):
        file = add("../../../tmp/evil.pdf")
        path = settings.EVIDENCE_DIR / file.id
        assert path.read_bytes() == A_PDF
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.EVIDENCE_DIR.stat().st_mode) == 0o700
        assert not settings.EVIDENCE_DIR.is_relative_to(settings.STATIC_ROOT)
        assert (file.name, file.media_type) == ("evil.pdf", PDF)

    @pytest.mark.parametrize(
        ("name", "content"), [("page.pdf", HTML), ("a.html", HTML), ("x.pdf", ZIP), ("x.txt", SVG)]
    )
    def test_refuses_what_is_something_else(self, add, name, content):
        with pytest.raises(EvidenceTypeNotAccepted):
            add(name, content)
        assert not EvidenceFile.objects.exists()

    @pytest.mark.parametrize("name", ["slip.png", "slip", "slip.pdf.html", "slip.exe", "pdf", ""])
    def test_refuses_a_name_that_contradicts(self, add, name):
        with pytest.raises(EvidenceTypeDiffers):
            add(name)

    def test_refuses_what_is_too_large(self, add, monkeypatch):
        monkeypatch.setattr(VERB, "MOST_EVIDENCE_FILE_BYTES", len(A_PDF) - 1)
        with pytest.raises(EvidenceTooLarge):
            add()
        monkeypatch.setattr(VERB, "MOST_EVIDENCE_FILE_BYTES", 10_000)
        monkeypatch.setattr(VERB, "MOST_EVIDENCE_BYTES", len(A_PDF) + 10)
        add()
        left = set(settings.EVIDENCE_DIR.iterdir())
        with pytest.raises(EvidenceTooLarge):
            add("other.txt", b"another file of some length")
        assert set(settings.EVIDENCE_DIR.iterdir()) == left

    def test_refuses_one_too_many(self, add, monkeypatch):
        monkeypatch.setattr(VERB, "MOST_EVIDENCE_FILES", 1)
        add()
        with pytest.raises(EvidenceTooMany):
            add("b.txt", b"b")

    def test_the_same_bytes_again_are_the_first_file(self, add):
        assert add().id == add("again.pdf").id
        assert EvidenceFile.objects.count() == 1

    def test_after_the_deadline_nothing_is_added(self, add, till):
        with pytest.raises(DisputeDeadlinePassed):
            add(now=till.later(days=20).now)

    def test_to_a_dispute_that_is_not_there(self, add):
        with pytest.raises(DisputeNotFound):
            add(dispute_id="dsp_01jd0000000000000000000000")

    def test_another_shops_file_is_not_there(self, add, dispute, fly_by_night):
        file = add()
        with pytest.raises(EvidenceFileNotFound):
            evidence_file_of_merchant(fly_by_night.id, dispute.id, file.id)

    def test_another_disputes_file_is_no_evidence_here(self, add, till, bob, komorebi):
        issuer = Issuer(till)
        other = issuer.disputes(issuer.sale(bob, komorebi), case="CASE2")
        with pytest.raises(EvidenceFileNotFound):
            issuer.answers(other, komorebi, file_ids=[add().id])

    def test_changed_bytes_are_not_given_out(self, add):
        file = add()
        (settings.EVIDENCE_DIR / file.id).write_bytes(b"something else")
        with pytest.raises(EvidenceGone):
            read(file.id, sha256_hex=file.sha256)

    def test_an_answer_names_the_files_by_their_digest(self, add, till, dispute, komorebi):
        before = Issuer(till)
        file = add()
        answered = before.answers(dispute, komorebi, facts={}, file_ids=[file.id])
        answer = answered.answers.get()
        assert answer.file_ids == [file.id]
        assert len(answer.digest) == 64


@pytest.mark.django_db(transaction=True)
class TestWhatACrashLeft:
    @pytest.fixture(autouse=True)
    def a_folder_of_its_own(self, settings, tmp_path):
        """Other stories were rolled back and left their files without a row."""
        settings.EVIDENCE_DIR = tmp_path

    def test_goes_after_a_day_and_nothing_else_does(self, till, alice, komorebi):
        issuer = Issuer(till)
        dispute = issuer.disputes(issuer.sale(alice, komorebi))
        kept = payments.add_evidence_file(
            dispute_id=dispute.id, name="slip.pdf", content=A_PDF, by=komorebi.actor, now=till.now
        )
        orphan = new_id("evd")
        keep(orphan, A_PDF, now=till.now)
        half = Path(settings.EVIDENCE_DIR, f"{new_id('evd')}.part")
        half.write_bytes(A_PDF[:9])
        os.utime(half, (till.now.timestamp(), till.now.timestamp()))
        assert payments.drop_orphaned_files(now=till.now + timedelta(days=1)) == 0
        assert payments.drop_orphaned_files(now=till.now + timedelta(days=1, seconds=1)) == 2
        assert read(kept.id, sha256_hex=kept.sha256) == A_PDF
        assert not half.exists()
        with pytest.raises(EvidenceGone):
            read(orphan, sha256_hex=kept.sha256)

    def test_is_nothing_where_nobody_sent_a_file(self, settings, tmp_path, db, till):
        settings.EVIDENCE_DIR = tmp_path / "nothing"
        assert payments.drop_orphaned_files(now=till.now) == 0
