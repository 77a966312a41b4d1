"""Which ports the processes of one machine listen on."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from vaultpay.environment import Environment, Launch
from vaultpay.launch.refusals import LaunchRefused


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    shops: tuple[int, ...]
    mailbox: int
    smtp: int
    network: int
    network_book: int
    threeds: int = 8005

    @classmethod
    def chosen(cls, launch: Launch, environment: Environment) -> "Ports":
        """What the operator said, or the defaults. A port that was asked for and is taken is refused; a default of the
        sandbox's own gives way to a free one, but for the web server's, which people type.
        """
        wanted, said, said_here = cls.wanted(launch, environment), launch.model_fields_set, environment.model_fields_set
        if not is_free(launch.port, launch.host):
            raise LaunchRefused(f"Port {launch.port} is taken. Choose another one: make run PORT={launch.port + 80}")
        return cls(
            web=launch.port,
            shops=tuple(_usable(port, "VAULTPAY_SHOP_PORTS" if "shop_ports" in said else "") for port in wanted.shops),
            mailbox=_usable(wanted.mailbox, "VAULTPAY_MAILBOX_PORT" if "mailbox_port" in said else ""),
            smtp=_usable(wanted.smtp, "VAULTPAY_EMAIL_PORT" if "email_port" in said_here else ""),
            network=_usable(wanted.network, "VAULTPAY_NETWORK_ADDRESS" if "network_address" in said_here else ""),
            network_book=_usable(
                wanted.network_book, "VAULTPAY_NETWORK_BOOK_PORT" if "network_book_port" in said else ""
            ),
            threeds=_usable(wanted.threeds, "VAULTPAY_THREEDS_PORT" if "threeds_port" in said else ""),
        )

    @classmethod
    def wanted(cls, launch: Launch, environment: Environment) -> "Ports":
        """What the operator said, or the defaults, free or not."""
        try:
            shops = tuple(int(port) for port in launch.shop_ports.split(","))
            network = int(environment.network_address.rpartition(":")[2])
        except ValueError:
            raise LaunchRefused(
                "A port is a number: look at VAULTPAY_SHOP_PORTS and VAULTPAY_NETWORK_ADDRESS."
            ) from None
        if len(set(shops)) != 2:
            raise LaunchRefused("VAULTPAY_SHOP_PORTS names two different ports, separated by a comma.")
        return cls(
            web=launch.port,
            shops=shops,
            mailbox=launch.mailbox_port,
            smtp=environment.email_port,
            network=network,
            network_book=launch.network_book_port,
            threeds=launch.threeds_port,
        )

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses now: for tests, which run beside each other."""
        open_ones = [socket.socket() for _ in range(8)]
        try:
            for one in open_ones:
                one.bind(("127.0.0.1", 0))
            web, first, second, mailbox, smtp, network, book, threeds = (one.getsockname()[1] for one in open_ones)
        finally:
            for one in open_ones:
                one.close()
        return cls(web, (first, second), mailbox, smtp, network, book, threeds)

    def keep_in(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def kept_in(cls, file: Path) -> "Ports":
        """Those of the instance that runs."""
        kept = json.loads(file.read_text())
        return cls(**kept | {"shops": tuple(kept["shops"])})


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def _usable(port: int, asked_by: str) -> int:
    if is_free(port):
        return port
    if asked_by:
        raise LaunchRefused(f"Port {port}, which {asked_by} names, is taken.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free
