"""The customer's face. One URL per verb."""

from typing import Final

from django.conf import settings
from django.urls import URLPattern, path

from portal.views import (
    approve,
    approve_grant,
    card_company,
    cards,
    grants,
    home,
    language,
    payments,
    points,
    problems,
    public,
    receipts,
    rules,
    security,
    shops,
    styleguide,
)
from portal.views import settings as my_settings

app_name: Final = "portal"

urlpatterns: list[URLPattern] = [
    path("", public.home, name="public"),
    path("language", language.choose, name="language"),
    path("home/", home.show, name="home"),
    path("pay/<str:payment_id>", approve.show, name="approve"),
    path("pay/<str:payment_id>/offer", approve.offer, name="approve_offer"),
    path("pay/<str:payment_id>/approve", approve.approve, name="approve_send"),
    path("pay/<str:payment_id>/cancel", approve.cancel, name="approve_cancel"),
    path("pay/<str:payment_id>/done", approve.done, name="approve_done"),
    path("grants/<str:grant_id>", grants.one, name="grant"),
    path("grants/<str:grant_id>/approve", approve_grant.show, name="grant_approve"),
    path("grants/<str:grant_id>/approve/offer", approve_grant.offer, name="grant_offer"),
    path("grants/<str:grant_id>/approve/send", approve_grant.approve, name="grant_send"),
    path("grants/<str:grant_id>/approve/decline", approve_grant.decline, name="grant_decline"),
    path("grants/<str:grant_id>/approve/done", approve_grant.done, name="grant_done"),
    path("grants/<str:grant_id>/pause", grants.pause, name="grant_pause"),
    path("grants/<str:grant_id>/resume", grants.resume, name="grant_resume"),
    path("grants/<str:grant_id>/lower", grants.lower, name="grant_lower"),
    path("grants/<str:grant_id>/card", grants.change_card, name="grant_card"),
    path("grants/<str:grant_id>/end", grants.end, name="grant_end"),
    path("pay/<str:payment_id>/confirm", card_company.confirm, name="approve_confirm"),
    path("pay/<str:payment_id>/leave", card_company.leave, name="approve_leave"),
    path("3ds/return/<str:authentication_id>", card_company.come_back, name="three_ds_return"),
    path("3ds/results/<str:key>", card_company.results, name="three_ds_results"),
    path("payments", payments.listed, name="payments"),
    path("payments/receipts.jws", receipts.chain, name="chain"),
    path("payments/export.csv", payments.export, name="payments_csv"),
    path("payments/<str:payment_id>", payments.one, name="payment"),
    path("payments/<str:payment_id>/receipt", receipts.show, name="receipt"),
    path("payments/<str:payment_id>/receipt.pdf", receipts.pdf, name="receipt_pdf"),
    path("payments/<str:payment_id>/receipt.jws", receipts.signed, name="receipt_signed"),
    path("payments/<str:payment_id>/cancel", payments.cancel, name="payment_cancel"),
    path("payments/<str:payment_id>/problem", problems.report, name="problem"),
    path("payments/<str:payment_id>/problem/withdraw", problems.withdraw, name="problem_withdraw"),
    path("cards", cards.listed, name="cards"),
    path("cards/add", cards.add, name="card_add"),
    path("cards/<str:card_id>", cards.one, name="card"),
    path("cards/<str:card_id>/rename", cards.rename, name="card_rename"),
    path("cards/<str:card_id>/default", cards.make_default, name="card_default"),
    path("cards/<str:card_id>/freeze", cards.freeze, name="card_freeze"),
    path("cards/<str:card_id>/unfreeze", cards.unfreeze, name="card_unfreeze"),
    path("cards/<str:card_id>/remove", cards.remove, name="card_remove"),
    path("points", points.show, name="points"),
    path("shops", shops.listed, name="shops"),
    path("shops/<str:shop_id>", shops.one, name="shop"),
    path("shops/<str:shop_id>/block", shops.block, name="shop_block"),
    path("shops/<str:shop_id>/unblock", shops.unblock, name="shop_unblock"),
    path("shops/<str:shop_id>/limits", shops.limit, name="shop_limit"),
    path("shops/<str:shop_id>/cancel-all", shops.cancel_all, name="shop_cancel_all"),
    path("rules", rules.show, name="rules"),
    path("rules/change", rules.change, name="rules_change"),
    path("rules/freeze", rules.freeze, name="wallet_freeze"),
    path("rules/unfreeze", rules.unfreeze, name="wallet_unfreeze"),
    path("security", security.show, name="security"),
    path("security/passkeys/add", security.add_passkey, name="passkey_add"),
    path("security/passkeys/offer", security.offer_passkey, name="passkey_offer"),
    path("security/passkeys/<str:passkey_id>/rename", security.rename_passkey, name="passkey_rename"),
    path("security/passkeys/<str:passkey_id>/remove", security.remove_passkey, name="passkey_remove"),
    path("security/sign-out-everywhere", security.sign_out_everywhere, name="sign_out_everywhere"),
    path("settings", my_settings.show, name="settings"),
    path("settings/name", my_settings.rename, name="settings_name"),
]

if settings.SANDBOX:
    urlpatterns += [path("styleguide", styleguide.show, name="styleguide")]
