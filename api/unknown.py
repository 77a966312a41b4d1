"""What below /v1 is none of our addresses: a problem document too. The roof puts it behind everything else there."""

from django.urls import re_path

from api.problems import UnknownAddress

urlpatterns = [re_path(r"", UnknownAddress.as_view(), name="api_unknown")]
