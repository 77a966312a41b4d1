"""The house's own settings with another face."""

from vaultpay.settings import *  # noqa: F403 (that is what it is for)

ROOT_URLCONF = "benchmarks.plain"
WSGI_APPLICATION = "benchmarks.plain_wsgi.application"
