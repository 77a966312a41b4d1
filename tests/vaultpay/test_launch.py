"""The launcher's own things: folders, keys, ports, what each process may know."""

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from vaultpay.environment import Environment, Launch
from vaultpay.launch import databases
from vaultpay.launch.folders import LONGEST_SOCKET, Folders
from vaultpay.launch.house import House
from vaultpay.launch.keys import Keys
from vaultpay.launch.ports import Ports, answers, is_free
from vaultpay.launch.postgres import EmbeddedPostgres, stop
from vaultpay.launch.refusals import LaunchRefused


@pytest.fixture
def environment(tmp_path, monkeypatch) -> Environment:
    for name in [name for name in os.environ if name.startswith(("VAULTPAY_", "DATABASE_URL", "REDIS_URL", "PORT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VAULTPAY_STATE_DIR", str(tmp_path / "state"))
    return Environment()


class TestFolders:
    def test_are_for_their_owner_only(self, tmp_path) -> None:
        folders = Folders.below(tmp_path / "state")
        folders.make()
        for folder in (folders.state, folders.run, folders.keys, folders.safe, folders.logs):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_sockets_go_elsewhere_when_their_path_would_be_too_long(self, tmp_path) -> None:
        folders = Folders.below(tmp_path / ("deep" * 20) / ("deeper" * 10))
        assert len(str(folders.run / "pg" / ".s.PGSQL.5432")) <= LONGEST_SOCKET
        assert Folders.below(folders.state).run == folders.run
        folders.run.rmdir()

    def test_refuse_a_place_that_cannot_be_written(self, tmp_path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(LaunchRefused, match="cannot be written"):
            Folders.below(tmp_path / "file" / "state").make()

    def test_refuse_a_full_disk(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1))
        with pytest.raises(LaunchRefused, match="is full"):
            Folders.below(tmp_path).make()

    def test_belong_to_one_launcher_at_a_time(self, tmp_path) -> None:
        folders = Folders.below(tmp_path)
        folders.make()
        lock = folders.lock()
        assert folders.is_running()
        with pytest.raises(LaunchRefused, match=f"already running .*process {os.getpid()}"):
            folders.lock()
        os.close(lock)
        assert not folders.is_running()


class TestKeys:
    def test_are_made_once_and_kept_for_their_owner_only(self, tmp_path) -> None:
        first, again = Keys.kept_in(tmp_path), Keys.kept_in(tmp_path)
        assert first == again
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
        assert len({first.owner_password, first.app_password, first.safe_password}) == 3

    def test_are_not_shown(self, tmp_path) -> None:
        keys = Keys.kept_in(tmp_path)
        assert keys.secret_key not in repr(keys)


@pytest.mark.loopback
@pytest.mark.enable_socket
class TestPorts:
    @pytest.fixture
    def taken(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            yield server.getsockname()[1]

    def test_a_taken_one_is_refused_for_the_web_server(self, environment, taken, monkeypatch) -> None:
        monkeypatch.setenv("PORT", str(taken))
        with pytest.raises(LaunchRefused, match=f"Port {taken} is taken"):
            Ports.chosen(Launch(), environment)

    def test_a_taken_one_that_was_named_is_refused(self, environment, taken, monkeypatch) -> None:
        monkeypatch.setenv("PORT", str(Ports.free().web))
        monkeypatch.setenv("VAULTPAY_MAILBOX_PORT", str(taken))
        with pytest.raises(LaunchRefused, match=f"Port {taken}, which VAULTPAY_MAILBOX_PORT names, is taken"):
            Ports.chosen(Launch(), environment)

    def test_a_taken_default_gives_way(self, environment, taken, monkeypatch) -> None:
        monkeypatch.setenv("PORT", str(Ports.free().web))
        launch = Launch()
        launch.__dict__["mailbox_port"] = taken  # as a default: nobody said it
        chosen = Ports.chosen(launch, environment)
        assert chosen.mailbox != taken
        assert is_free(chosen.mailbox)

    @pytest.mark.parametrize("named", ["8001", "8001,8001", "one,two"])
    def test_shops_need_two(self, environment, monkeypatch, named) -> None:
        monkeypatch.setenv("VAULTPAY_SHOP_PORTS", named)
        with pytest.raises(LaunchRefused):
            Ports.wanted(Launch(), environment)

    def test_answer_when_somebody_listens(self, taken) -> None:
        assert answers(taken)
        assert not answers(Ports.free().web)

    def test_are_remembered_for_commands_that_come_later(self, tmp_path) -> None:
        ports = Ports.free()
        ports.keep_in(tmp_path / "ports.json")
        assert Ports.kept_in(tmp_path / "ports.json") == ports


class TestWhatEachProcessMayKnow:
    @pytest.fixture
    def house(self, environment, monkeypatch) -> House:
        monkeypatch.setenv("VAULTPAY_KEK_FILE", "/elsewhere/kek.json")
        monkeypatch.setenv("SOMEBODY_ELSES_SECRET", "hush")
        ports = Ports(web=9000, shops=(9001, 9002), mailbox=9003, smtp=9004, network=9005, network_book=9006)
        house = House(environment=Environment(), launch=Launch(), ports=ports)
        house._take_keys()
        return house

    def test_web_is_not_told_where_the_safes_key_is(self, house) -> None:
        assert "VAULTPAY_KEK_FILE" not in house._web().environment
        assert house._safe().environment["VAULTPAY_KEK_FILE"] == "/elsewhere/kek.json"

    def test_the_safe_has_neither_the_sessions_key_nor_redis(self, house) -> None:
        assert not {"VAULTPAY_SECRET_KEY", "VAULTPAY_API_KEY_SECRET", "REDIS_URL"} & house._safe().environment.keys()

    @pytest.mark.parametrize("name", ["_network", "_mailbox", "_shops"])
    def test_the_outside_world_has_no_key_and_no_database(self, house, name) -> None:
        known = getattr(house, name)().environment
        assert not {"DATABASE_URL", "REDIS_URL", "VAULTPAY_SECRET_KEY", "VAULTPAY_KEK_FILE"} & known.keys()

    def test_earlier_keys_of_sessions_are_for_web_and_workers_only(self, house, monkeypatch) -> None:
        monkeypatch.setenv("VAULTPAY_SECRET_KEY_FALLBACKS", "the key of last year")
        house.environment = Environment()
        assert "the key of last year" in house._web().environment.values()
        for part in (house._safe(), house._beat(), house._network(), house._mailbox(), house._shops()):
            assert "the key of last year" not in part.environment.values(), part.name
        assert "the key of last year" not in repr(house.environment)

    def test_beat_has_no_database(self, house) -> None:
        assert "DATABASE_URL" not in house._beat().environment

    def test_nobody_gets_what_the_launcher_happened_to_know(self, house) -> None:
        for name in ("_web", "_safe", "_worker", "_beat", "_relay", "_network", "_mailbox", "_shops"):
            assert "SOMEBODY_ELSES_SECRET" not in getattr(house, name)().environment

    def test_mail_goes_to_the_mailbox(self, house) -> None:
        assert house._relay().environment["VAULTPAY_EMAIL_PORT"] == "9004"


def test_a_role_signs_in_with_its_own_password() -> None:
    url = "postgresql://owner:a%2Fb@/vaultpay?host=/run/pg"
    assert databases.as_role(url, "vaultpay_app", "p/w") == "postgresql://vaultpay_app:p%2Fw@/vaultpay?host=/run/pg"


def test_a_live_instance_brings_its_own_servers(environment, monkeypatch) -> None:
    monkeypatch.setenv("VAULTPAY_MODE", "live")
    house = House(environment=Environment(), launch=Launch(), ports=Ports(1, (2, 3), 4, 5, 6, 7))
    with pytest.raises(LaunchRefused, match="uses servers of its operator"):
        house._take_keys()


def test_the_servers_log_tells_what_failed_and_never_what_was_in_it(environment) -> None:
    """Statements come with their values written in: the text of a mail, a session, a sealed card."""
    folder = Path(tempfile.mkdtemp(prefix="vp-"))
    folder.chmod(0o755)
    ports = Ports(web=9000, shops=(9001, 9002), mailbox=9003, smtp=9004, network=9005, network_book=9006)
    settings = House(environment=Environment(), launch=Launch(), ports=ports)._embedded_postgres().settings
    postgres = EmbeddedPostgres(folder / "data", folder / "s", settings=settings)
    postgres.prepare()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(postgres.command(), stdout=log, stderr=log, cwd="/")
    try:
        postgres.wait_until_ready(server)
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as owner:
            owner.execute("CREATE TABLE mail (text text UNIQUE)")
            owner.execute("INSERT INTO mail VALUES ('1234-5678')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                owner.execute("INSERT INTO mail VALUES ('1234-5678')")
        said = (folder / "log").read_text()
        assert "duplicate key" in said
        assert "1234-5678" not in said
    finally:
        stop(server)
        shutil.rmtree(folder, ignore_errors=True)
