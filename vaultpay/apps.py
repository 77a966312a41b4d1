from django.apps import AppConfig


class VaultPayConfig(AppConfig):
    name = "vaultpay"

    def ready(self) -> None:
        """Models are loaded by now: tasks may be, and the checks that know what a live instance needs."""
        from vaultpay import celery, checks  # noqa: F401, PLC0415 (both import the rooms)

        celery.collect_tasks()
