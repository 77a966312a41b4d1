"""What an operator sets: every environment variable that VaultPay reads, with its type, default and meaning.

`docs/operations/environment.md` is generated from this module. Nothing else decides what a variable means.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT: Final = Path(__file__).resolve().parent.parent


def variable_of(settings: type[BaseSettings], name: str) -> str:
    """What the field is called in the environment."""
    alias = settings.model_fields[name].validation_alias if name in settings.model_fields else name
    return alias if isinstance(alias, str) else f"VAULTPAY_{name.upper()}"


class Mode(StrEnum):
    SANDBOX = "sandbox"
    """Test cards, demo people and a played card network. The default."""
    LIVE = "live"
    """Real cards and real money. Refuses everything that belongs to the sandbox."""


class ThreeDSecure(StrEnum):
    ALWAYS = "always"
    """Every payment that a customer approves is shown to the card's issuer first. The default."""
    WHEN_ASKED = "when_asked"
    """Only when the issuer asks for it with a soft decline."""
    OFF = "off"
    """Never; a soft decline is a decline."""


class IssuerAway(StrEnum):
    GO_ON = "go_on"
    """Ask for the authorization all the same: the issuer may still say no, or ask for its customer. The default."""
    DECLINE = "decline"
    """Stop: nothing is asked of an issuer that has not seen its customer."""


class Environment(BaseSettings):
    """All variables begin with `VAULTPAY_`, but for those that have a common name: DATABASE_URL and REDIS_URL."""

    model_config = SettingsConfigDict(env_prefix="VAULTPAY_", env_ignore_empty=True, extra="ignore")

    mode: Mode = Field(default=Mode.SANDBOX, description="`sandbox` or `live`, for the whole instance.")
    debug: bool = Field(default=False, description="Django's debug pages. Refused in live mode.")
    state_dir: Path = Field(default=ROOT / ".vaultpay", description="Where the embedded servers, keys and logs live.")
    run_dir: Path | None = Field(
        default=None, description="Where unix sockets live; a short path. Default: `run` in the state folder."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Signs sessions and links. At least 50 random characters in live mode."
    )
    secret_key_fallbacks: SecretStr = Field(
        default=SecretStr(""),
        description="Earlier values of VAULTPAY_SECRET_KEY, separated by commas, while a rotation lasts.",
    )
    api_key_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Keys the HMAC under which merchants' API keys and idempotency questions are stored.",
    )
    webhook_key_secret: SecretStr = Field(
        default=SecretStr(""), description="Encrypts the webhook secrets at rest: 32 bytes in base64."
    )
    base_url: str = Field(
        default="http://localhost:8000", description="The public origin of this commerce. https in live mode."
    )
    commerce_name: str = Field(default="Machinaka Commerce", description="How customers know this commerce.")
    operator_name: str = Field(default="Machinaka Cooperative", description="The legal name of who runs it.")
    support_email: str = Field(default="support@machinaka.example", description="Where people ask for help.")
    database_url: str = Field(
        default="",
        validation_alias="DATABASE_URL",
        description="PostgreSQL ≥ 16, as the role that a process may be: web, worker and relay never own the tables.",
    )
    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        validation_alias="REDIS_URL",
        description="Redis ≥ 6: wakes workers, decides nothing.",
    )
    email_host: str = Field(default="127.0.0.1", description="The SMTP server for all outgoing mail.")
    email_port: int = Field(default=1025, description="Its port.")
    email_user: str = Field(default="", description="Its user, if it asks for one.")
    email_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    email_use_tls: bool = Field(default=False, description="STARTTLS. Required in live mode.")
    email_from: str = Field(
        default="Machinaka Commerce <no-reply@machinaka.example>", description="The sender of all mail."
    )
    safe_socket: Path | None = Field(
        default=None, description="The unix socket of the safe. Default: `safe.sock` in the folder of sockets."
    )
    kek_file: Path | None = Field(
        default=None,
        description="The safe's key file, mode 0600, outside the source tree in live mode. Read by the safe only.",
    )
    network_address: str = Field(default="127.0.0.1:8583", description="host:port of the card network's ISO 8583 link.")
    network_links: int = Field(default=1, ge=1, le=16, description="How many links the safe keeps to it.")
    acquirer_id: str = Field(
        default="00000392001", description="Our acquirer id on the wire (field 32), up to 11 digits."
    )
    terminal_id: str = Field(
        default="VPSIM001", description="Our terminal id on the wire (field 41), up to 8 letters and digits."
    )
    wire_total_seconds: float = Field(
        default=20.0, gt=0, description="How long one question to the card network may take in all."
    )
    evidence_dir: Path | None = Field(
        default=None,
        description="Where evidence in disputes is kept, mode 0700, outside everything a web server shows; part of "
        "the backup. Default: `evidence` in the state folder.",
    )
    dispute_fee: int = Field(
        default=0, ge=0, le=1_000_000, description="What a dispute costs a merchant, in yen; back when it is won."
    )
    api_requests: int = Field(
        default=2_000,
        ge=0,
        description="How many API requests one merchant may make in ten seconds, over all processes; 0: no limit.",
    )
    request_log_days: int = Field(
        default=30, ge=1, le=400, description="For how many days merchants can find their API requests again."
    )
    three_ds: ThreeDSecure = Field(
        default=ThreeDSecure.ALWAYS,
        description="When a card's issuer is asked by 3-D Secure whether it is its customer: `always`, `when_asked` "
        "(only after a soft decline) or `off`.",
    )
    three_ds_unavailable: IssuerAway = Field(
        default=IssuerAway.GO_ON,
        description="What to do when 3-D Secure cannot answer: `go_on` without a shift of liability, or `decline`.",
    )
    threeds_directory_url: str = Field(
        default="http://127.0.0.1:8005/directory",
        description="The 3-D Secure directory server, asked by the safe. https in live mode.",
    )
    security_code_mismatch: Literal["refuse", "keep"] = Field(
        default="refuse",
        description="A card whose issuer vouches for it, but not for its security code: `refuse` it when it is added, "
        "or `keep` it and say so in the card check of each of its payments.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        description="How many reverse proxies stand in front and overwrite X-Forwarded-For and X-Forwarded-Proto.",
    )
    clock_file: Path | None = Field(default=None, description="Sandbox only: the file that sets the clock forward.")
    mailbox_url: str = Field(default="", description="Sandbox only: where outgoing mail can be read.")
    network_url: str = Field(default="", description="Sandbox only: where the network host's own book can be read.")
    shop_urls: str = Field(default="", description="Sandbox only: where the demo shops answer, separated by commas.")
    issuer_url: str = Field(default="", description="Sandbox only: where the played issuer shows what it was asked.")


class Launch(BaseSettings):
    """What `make run` reads besides: where the processes of one machine listen, and whose servers they use."""

    model_config = SettingsConfigDict(env_prefix="VAULTPAY_", env_ignore_empty=True, extra="ignore")

    port: int = Field(
        default=8000, ge=1, le=65535, validation_alias="PORT", description="Where the web server listens."
    )
    host: str = Field(default="127.0.0.1", description="The address that the web server listens on.")
    shop_ports: str = Field(
        default="8001,8002", description="Where the two demo shops listen. If a default is taken, a free port is used."
    )
    mailbox_port: int = Field(default=8003, ge=1, le=65535, description="Where the mailbox page listens.")
    network_book_port: int = Field(default=8004, ge=1, le=65535, description="Where the network's own book is shown.")
    threeds_port: int = Field(
        default=8005, ge=1, le=65535, description="Where the played directory server and issuer listen."
    )
    app_database_url: str = Field(
        default="",
        description="With DATABASE_URL, which is the owner of the tables here: the role for web, worker and relay. "
        "Without it, `make run` makes the role vaultpay_app itself.",
    )
    safe_database_url: str = Field(
        default="", description="The same for the safe. Without it, `make run` makes the role vaultpay_safe itself."
    )
    verbose: bool = Field(default=False, description="Show every process's log on the terminal (make run V=1).")
