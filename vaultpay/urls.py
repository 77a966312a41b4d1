"""Which face answers where."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from common.staff import staff_site
from portal.views.receipts import jwks
from vaultpay.staff import lock_staff_site
from vaultpay.views import healthz, readyz

lock_staff_site()

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("staff/", staff_site.urls),
    *([path("v1/test_helpers/", include("vaultpay.test_helpers"))] if settings.SANDBOX else []),
    path("v1/", include("api.urls")),
    path("v1/", include("api.unknown")),
    path("docs/", include("api.docs.urls")),
    *(
        [path("dashboard/<str:merchant_id>/developers/test-tools/", include("vaultpay.test_tools"))]
        if settings.SANDBOX
        else []
    ),
    path("dashboard/", include("dashboard.urls")),
    path("", include("portal.signin.urls")),
    path("", include("portal.urls")),
]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
