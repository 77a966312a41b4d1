from django.apps import AppConfig


class VaultPayConfig(AppConfig):
    name = "vaultpay"
