"""What stories about disputes have in common: a sale that the network holds too, and what its issuer then says."""

from datetime import timedelta

from payments import services as payments
from payments.models import Dispute
from tests.payments.till import attempt

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


class Issuer:
    """Tells of cases as the card network does, and sees to it that they are heard."""

    def __init__(self, till):
        self.till = till

    def sale(self, person, shop, amount=12_800, **facts):
        payment = self.till.buys(person, shop, amount, **facts)
        self.till.relay()
        return payment

    def says(self, kind, payment, **facts):
        self.till.network.tells(kind, attempt(payment).id, **facts)
        payments.hear_notices(now=self.till.now)
        self.till.relay()

    def disputes(self, payment, *, case="CASE1", reason_code="13.1", days=20, kind="dispute_opened", **facts):
        known = {"case_ref": case, "reason_code": reason_code, "due_at": self.till.now + timedelta(days=days)}
        self.says(kind, payment, **known | facts)
        return Dispute.objects.get(case_ref=case)

    def closes(self, dispute, outcome):
        self.says("dispute_closed", dispute.payment, case_ref=dispute.case_ref, outcome=outcome)
        dispute.refresh_from_db()
        return dispute

    def answers(self, dispute, shop, **facts):
        known = {"facts": {"statement": "It was delivered."}, "by": shop.actor, "now": self.till.now}
        payments.submit_evidence(dispute_id=dispute.id, **known | facts)
        self.till.relay()
        dispute.refresh_from_db()
        return dispute
