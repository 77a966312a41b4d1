"""Staff pages that no single room can answer."""

from django.contrib import admin

from common.staff import staff_site
from common.staff_signatures import FourEyesAdmin
from merchants.models import Departure
from vaultpay.staff_departures import decide_departure, propose_departure


@admin.register(Departure, site=staff_site)
class DepartureAdmin(FourEyesAdmin[Departure]):
    propose_page, decide_page = propose_departure, decide_departure
    propose_words = ""  # from the merchant's own page
    list_display = ["merchant", "status", "for_a_second_person", "proposed_by", "proposed_at", "id"]
    list_select_related = ["merchant"]
    search_fields = ["=id", "=merchant__id", "merchant__display_name"]
    readonly_fields = ["id", "for_a_second_person"]
    fields = [
        "id", "status", "merchant", "reason", "proposed_by", "proposed_at", "expires_at", "decided_by", "decided_at",
        "for_a_second_person",
    ]  # fmt: skip
