"""The whole product on one machine: which processes there are, what each may know, and in which order they come and go.

`make run` is this under a terminal; the browser and fault tests use it as a library, on free ports and in a temporary
state folder.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from vaultpay.environment import ROOT, Environment, Launch, Mode
from vaultpay.launch import databases
from vaultpay.launch.folders import Folders
from vaultpay.launch.keys import Keys
from vaultpay.launch.ports import Ports, answers
from vaultpay.launch.postgres import EmbeddedPostgres, dying_with_us
from vaultpay.launch.redis import EmbeddedRedis
from vaultpay.launch.refusals import LaunchRefused
from vaultpay.launch.supervisor import Part, Supervisor

_FROM_OUTSIDE: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""What every process may know of the environment that the launcher itself was started in."""
_NOT_FOR_ALL: Final = {"database_url", "redis_url", "kek_file", "email_user", "safe_socket"}

_FACES, _WORKERS, _WORLD, _SERVERS = range(4)
"""The rounds in which everything is stopped."""


class House:
    """One instance. `start`, then `watch` or use it, then always `stop`."""

    def __init__(
        self, *, environment: Environment, launch: Launch, ports: Ports, variables: Mapping[str, str] | None = None
    ) -> None:
        self.environment = environment
        self.launch = launch
        self.ports = ports
        self.folders = Folders.below(environment.state_dir, run=environment.run_dir)
        self.sandbox = environment.mode is Mode.SANDBOX
        self.base_url = environment.base_url.rstrip("/")
        if "base_url" not in environment.model_fields_set:
            self.base_url = f"http://localhost:{ports.web}"
        self._variables = dict(variables or {})
        self._embedded: EmbeddedPostgres | None = None
        self._owner_url = environment.database_url
        self._app_url = launch.app_database_url
        self._safe_url = launch.safe_database_url
        self._redis_url = environment.redis_url
        self._keys: Keys | None = None
        self.supervisor = Supervisor(logs=self.folders.logs, folder=ROOT)

    # --- From outside -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Everything, in order, until it answers. Whoever calls this calls `stop`, also when it refuses."""
        self.make_ready()
        self.ports.keep_in(self.folders.ports)
        world = [self._network(), self._threeds(), self._mailbox()] if self.sandbox else []
        self.supervisor.start(*world)
        self.supervisor.run(self._command("prepare", self._owner_variables()))
        web = self._web()
        safe, workers = self._safe(), [self._worker(), self._beat()]
        self.supervisor.start(safe, web, *workers)
        self.supervisor.wait_ready(safe, *world)
        if self.sandbox:
            self.supervisor.run(self._command("seed_sandbox", self._app_variables() | self._sandbox_variables()))
        faces = [self._relay(), *([self._shops()] if self.sandbox else [])]
        self.supervisor.start(*faces)
        self.supervisor.wait_ready(web, *workers, *faces)

    def make_ready(self) -> None:
        """The folders, the keys and the servers: what every command needs."""
        self.folders.make()
        self.supervisor.kept_open = (self.folders.lock(),)
        self._take_keys()
        servers = [*self._postgres(), *self._redis()]
        self.supervisor.start(*servers)
        self.supervisor.wait_ready(*servers)
        self._make_roles()

    def make_ready_to_verify(self) -> None:
        """The servers, and the network host, whose book our books are held against."""
        self.make_ready()
        if self.sandbox:
            network = self._network()
            self.supervisor.start(network)
            self.supervisor.wait_ready(network)

    def stop(self) -> None:
        """Within ten seconds, whatever was started."""
        self.supervisor.stop()
        for lock in self.supervisor.kept_open:
            os.close(lock)
        self.supervisor.kept_open = ()

    def restart(self, name: str) -> None:
        """After `supervisor.kill(name)`, in a fault test: the same part again, and wait until it answers."""
        makers: dict[str, Callable[[], Part]] = {
            "web": self._web,
            "safe": self._safe,
            "worker": self._worker,
            "beat": self._beat,
            "relay": self._relay,
            "network": self._network,
            "threeds": self._threeds,
            "mailbox": self._mailbox,
            "shops": self._shops,
            "postgres": lambda: self._postgres()[0],
            "redis": lambda: self._redis()[0],
        }
        part = makers[name]()
        self.supervisor.start(part)
        self.supervisor.wait_ready(part)

    @property
    def demo(self) -> dict[str, Any]:
        """What the seed wrote: addresses, people, merchants with their keys."""
        demo: dict[str, Any] = json.loads(self.folders.demo.read_text())
        return demo

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """One of Django's commands inside the instance, as the owner; what it said is in the answer."""
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.manage_variables(), capture_output=True, text=True, check=False
        )

    def manage_variables(self) -> dict[str, str]:
        """What `manage.py` gets when a person runs it by hand: the owner's role, and every key."""
        if self._keys is None:
            self._take_keys()
        if not self._owner_url:
            self._owner_url = self._embedded_postgres().url()
            self._redis_url = self._embedded_redis().url()
        return self._app_variables() | self._owner_variables() | self._sandbox_variables()

    # --- The parts ----------------------------------------------------------------------------------------------------

    def _postgres(self) -> list[Part]:
        if self.environment.database_url:
            return []
        self._embedded = postgres = self._embedded_postgres()
        postgres.prepare()
        return [
            Part(
                "postgres",
                postgres.command(),
                self._outside(),
                stops=_SERVERS,
                ready=postgres.is_ready,
                stop_signal=signal.SIGINT,  # fast shutdown: sessions end, nothing committed is lost
            )
        ]

    def _redis(self) -> list[Part]:
        if self.environment.redis_url and "redis_url" in self.environment.model_fields_set:
            return []
        redis = self._embedded_redis()
        self._redis_url = redis.url()
        return [
            Part(
                "redis",
                redis.command(),
                self._outside(),
                stops=_SERVERS,
                ready=lambda: _accepts(redis.socket),
            )
        ]

    def _safe(self) -> Part:
        socket_path = self.environment.safe_socket or self.folders.run / "safe.sock"
        variables = self._common() | {"DATABASE_URL": self._safe_url, "VAULTPAY_KEK_FILE": str(self._kek_file())}
        return Part(
            "safe",
            self._python("manage.py", "safe"),
            variables,
            stops=_WORLD,
            ready=lambda: _accepts(socket_path),
        )

    def _web(self) -> Part:
        command = [
            "-m", "granian", "--interface", "wsgi", "--host", self.launch.host, "--port", str(self.ports.web),
            "--workers", "2", "--blocking-threads", "4", "--backpressure", "64", "--no-ws",
            "--workers-kill-timeout", "2", "vaultpay.wsgi:application",
        ]  # fmt: skip
        return Part(
            "web",
            self._python(*command),
            self._app_variables(),
            stops=_FACES,
            ready=lambda: _healthy(f"http://127.0.0.1:{self.ports.web}/healthz", host=self.base_url),
        )

    def _worker(self) -> Part:
        command = [
            "-m", "celery", "-A", "vaultpay", "worker", "--concurrency", "2", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "--hostname", "worker@vaultpay",
        ]  # fmt: skip
        return Part("worker", self._python(*command), self._app_variables(), stops=_WORKERS, ready_words=" ready.")

    def _beat(self) -> Part:
        """It only says when; it is given no database."""
        command = [
            "-m", "celery", "-A", "vaultpay", "beat", "--loglevel", "WARNING",
            "--schedule", str(self.folders.state / "beat"), "--pidfile", "",
        ]  # fmt: skip
        variables = self._common() | {"REDIS_URL": self._redis_url}
        return Part("beat", self._python(*command), variables, stops=_FACES)

    def _relay(self) -> Part:
        return Part(
            "relay",
            self._python("manage.py", "relay"),
            self._app_variables(),
            stops=_WORKERS,
            ready_words="The relay is at work.",
        )

    def _network(self) -> Part:
        return Part(
            "network",
            self._python("-m", "sandbox.network"),
            self._common() | self._sandbox_variables(),
            stops=_WORLD,
            ready=lambda: answers(self.ports.network) and answers(self.ports.network_book),
        )

    def _threeds(self) -> Part:
        return Part(
            "threeds",
            self._python("-m", "sandbox.threeds"),
            self._common() | self._sandbox_variables(),
            stops=_WORLD,
            ready=lambda: answers(self.ports.threeds),
        )

    def _mailbox(self) -> Part:
        return Part(
            "mailbox",
            self._python("-m", "sandbox.mailbox"),
            self._common() | self._sandbox_variables(),
            stops=_WORLD,
            ready=lambda: answers(self.ports.mailbox) and answers(self.ports.smtp),
        )

    def _shops(self) -> Part:
        return Part(
            "shops",
            self._python("-m", "sandbox.shops"),
            self._common() | self._sandbox_variables() | {"PYTHONPATH": str(ROOT / "clients/python/src")},
            stops=_FACES,
            ready=lambda: all(answers(port) for port in self.ports.shops),
        )

    def _command(self, name: str, variables: Mapping[str, str]) -> Part:
        return Part(name, self._python("manage.py", name), variables)

    # --- What each may know -------------------------------------------------------------------------------------------

    def _outside(self) -> dict[str, str]:
        return {name: os.environ[name] for name in _FROM_OUTSIDE if name in os.environ}

    def _common(self) -> dict[str, str]:
        """What all of our own processes get: everything the operator set that is no secret, and where things are."""
        said = {
            f"VAULTPAY_{name.upper()}": str(value)
            for name, value in self.environment.model_dump(exclude_unset=True, mode="json").items()
            if name not in _NOT_FOR_ALL and not isinstance(getattr(self.environment, name), SecretStr)
        }
        return {
            **self._outside(),
            **said,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "vaultpay.settings",
            "VAULTPAY_MODE": self.environment.mode.value,
            "VAULTPAY_STATE_DIR": str(self.folders.state),
            "VAULTPAY_RUN_DIR": str(self.folders.run),
            "VAULTPAY_BASE_URL": self.base_url,
            **(self._where_the_sandbox_is() if self.sandbox else {}),
            **self._variables,
        }

    def _app_variables(self) -> dict[str, str]:
        return {
            **self._common(),
            **self._secrets(),
            "DATABASE_URL": self._app_url,
            "REDIS_URL": self._redis_url,
        }

    def _owner_variables(self) -> dict[str, str]:
        return {
            **self._common(),
            **self._secrets(),
            "DATABASE_URL": self._owner_url,
            "REDIS_URL": self._redis_url,
            "VAULTPAY_KEK_FILE": str(self._kek_file()),
        }

    def _secrets(self) -> dict[str, str]:
        """The operator's, or the sandbox's own where the operator set none."""
        made = self._keys
        own = {
            "secret_key": made.secret_key if made else "",
            "secret_key_fallbacks": "",
            "api_key_secret": made.api_key_secret if made else "",
            "webhook_key_secret": made.webhook_key_secret if made else "",
            "email_password": "",
        }
        said = {name: getattr(self.environment, name).get_secret_value() or own[name] for name in own}
        said["email_user"] = self.environment.email_user
        return {f"VAULTPAY_{name.upper()}": value for name, value in said.items() if value}

    def _where_the_sandbox_is(self) -> dict[str, str]:
        return {
            "VAULTPAY_NETWORK_ADDRESS": f"127.0.0.1:{self.ports.network}",
            "VAULTPAY_EMAIL_HOST": "127.0.0.1",
            "VAULTPAY_EMAIL_PORT": str(self.ports.smtp),
            "VAULTPAY_MAILBOX_URL": f"http://localhost:{self.ports.mailbox}",
            "VAULTPAY_NETWORK_URL": f"http://localhost:{self.ports.network_book}",
            "VAULTPAY_SHOP_URLS": ",".join(f"http://localhost:{port}" for port in self.ports.shops),
            "VAULTPAY_THREEDS_DIRECTORY_URL": f"http://127.0.0.1:{self.ports.threeds}/directory",
            "VAULTPAY_ISSUER_URL": f"http://localhost:{self.ports.threeds}",
        }

    def _sandbox_variables(self) -> dict[str, str]:
        """For the outside world in miniature, which gets no key and no database of ours."""
        return {
            "VAULTPAY_SHOP_PORTS": ",".join(map(str, self.ports.shops)),
            "VAULTPAY_MAILBOX_PORT": str(self.ports.mailbox),
            "VAULTPAY_NETWORK_BOOK_PORT": str(self.ports.network_book),
            "VAULTPAY_THREEDS_PORT": str(self.ports.threeds),
            "VAULTPAY_DEMO_FILE": str(self.folders.demo),
        }

    # --- Underneath ---------------------------------------------------------------------------------------------------

    def _python(self, *words: str) -> list[str]:
        return dying_with_us("SIGTERM", [sys.executable, *words])

    def _take_keys(self) -> None:
        if self.sandbox:
            self.folders.make()
            self._keys = Keys.kept_in(self.folders.keys)
        elif not (self._owner_url and self._app_url and self._safe_url):
            raise LaunchRefused(
                "A live instance uses servers of its operator: set DATABASE_URL, REDIS_URL, VAULTPAY_APP_DATABASE_URL "
                "and VAULTPAY_SAFE_DATABASE_URL."
            )

    def _kek_file(self) -> Path:
        return self.environment.kek_file or self.folders.safe / "kek.json"

    def _embedded_postgres(self) -> EmbeddedPostgres:
        password = self._keys.owner_password if self._keys else ""
        # Its log tells what failed and not what was in it: statements come with their values written in.
        silent = ("log_min_error_statement=panic", "log_error_verbosity=terse", "log_parameter_max_length_on_error=0")
        settings = ("max_connections=100", "shared_buffers=128MB", *silent)
        return EmbeddedPostgres(
            self.folders.state / "postgres", self.folders.run / "pg", settings=settings, owner_password=password
        )

    def _embedded_redis(self) -> EmbeddedRedis:
        return EmbeddedRedis(self.folders.state / "redis", self.folders.run / "redis.sock")

    def _make_roles(self) -> None:
        if self._embedded is not None:
            databases.make_database(self._embedded.url("postgres"), "vaultpay")
            self._owner_url = self._embedded.url()
        if self._keys is not None:
            self._app_url = self._app_url or databases.make_role(
                self._owner_url, databases.APP, self._keys.app_password
            )
            self._safe_url = self._safe_url or databases.make_role(
                self._owner_url, databases.SAFE, self._keys.safe_password
            )


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(str(path)) == 0


def _healthy(url: str, *, host: str) -> bool:
    name = host.partition("//")[2]
    with suppress(OSError):
        request = urllib.request.Request(url, headers={"Host": name})  # noqa: S310 (http to ourselves)
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 (http to ourselves)
            return bool(answer.status == 200)
    return False
