"""What the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaultpay.settings")
application = get_wsgi_application()

from api.request_log import keep_writing  # noqa: E402 (the same)
from vaultpay.checks import refuse_if_unfit  # noqa: E402 (the checks need the apps, which are loaded only now)

refuse_if_unfit()
keep_writing()
# What is loaded by now stays: it is not looked through again for what could be thrown away.
gc.freeze()
