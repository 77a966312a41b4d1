"""What import-linter cannot see: ForeignKeys are strings, and so are many other ties between rooms."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from common.ids import PREFIXES, PublicIdField
from vaultpay.environment import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
LAYERS = PYPROJECT["importlinter"]["contracts"][0]["layers"]
FLOOR = {
    room.strip(): height for height, layer in enumerate(reversed(LAYERS)) for room in layer.replace(":", "|").split("|")
}
FACES = {"portal", "dashboard", "api"}
MONEY_ROOMS = ["ledger", "points", "payments"]
ROOMS = [room for room in settings.ROOMS if room != "sandbox"]


def files_of(*rooms: str) -> list[Path]:
    found = [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    return [file for file in found if "migrations" not in file.parts]


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_every_app_of_ours_stands_on_a_floor() -> None:
    ours = {app.name for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT / app.name)}
    assert ours == set(FLOOR)
    assert ours == set(PYPROJECT["importlinter"]["root_packages"])
    assert ours | {"clients/python/src/vaultpay_client"} == set(PYPROJECT["mypy"]["files"])


def test_foreign_keys_point_down_and_never_into_the_vault() -> None:
    for model in apps.get_models():
        for field in (*model._meta.fields, *model._meta.many_to_many):
            mine, theirs = model._meta.app_label, getattr(field.related_model, "_meta", model._meta).app_label
            if mine == theirs or mine not in FLOOR or theirs not in FLOOR:
                continue
            assert FLOOR[theirs] < FLOOR[mine], f"{model.__name__}.{field.name} → {theirs}"
            assert theirs != "vault", f"{model.__name__}.{field.name} → {theirs}"


def test_nothing_is_deleted_with_what_it_belongs_to() -> None:
    """CASCADE is how money disappears."""
    for model in apps.get_models():
        if model._meta.app_label in {"ledger", "payments", "points", "merchants", "vault", "events"}:
            for field in model._meta.fields:
                if field.remote_field:
                    assert field.remote_field.on_delete.__name__ == "PROTECT", f"{model.__name__}.{field.name}"


def test_every_id_prefix_belongs_to_one_model() -> None:
    owners: dict[str, str] = {}
    for model in apps.get_models():
        field = model._meta.pk
        if isinstance(field, PublicIdField):
            assert field.prefix in PREFIXES
            assert field.prefix not in owners, f"{model.__name__} and {owners[field.prefix]} share {field.prefix}_"
            owners[field.prefix] = model.__name__


def test_every_room_says_what_it_is_for() -> None:
    for room in ROOMS:
        text = (ROOT / room / "README.md").read_text()
        assert len(text.split()) > 60, f"{room}/README.md says too little"


@pytest.mark.parametrize("room", MONEY_ROOMS)
def test_money_rooms_know_neither_float_nor_division(room: str) -> None:
    for file in files_of(room):
        for node in ast.walk(ast.parse(file.read_text())):
            says_float = isinstance(node, ast.Name) and node.id == "float"
            writes_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
            line = getattr(node, "lineno", 0)
            # A timer's pace is no money; it may be half a second.
            timer = file.name == "tasks.py" and writes_float
            assert timer or not (says_float or writes_float or divides), f"{name_of(file)}:{line}"


def test_the_clock_is_read_in_one_place() -> None:
    for file in files_of(*ROOMS, "sandbox", "vaultpay"):
        if name_of(file) in {"common/clock.py", "common/transaction_ids.py"}:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                owner = ast.unparse(node.value)
                assert owner not in {"datetime", "date", "timezone", "datetime.datetime"}, (
                    f"{name_of(file)}:{node.lineno} reads {owner}.{node.attr}"
                )


def test_verbs_are_told_the_time() -> None:
    """A verb that read the clock itself could not be tested at another hour, and would disagree with its caller."""
    for room in ROOMS:
        for file in sorted((ROOT / room / "services").glob("*.py")):
            assert "clock.now()" not in file.read_text(), f"{name_of(file)} reads the clock"


def test_no_task_is_sent_from_inside_a_transaction() -> None:
    """Between the commit and the message a crash would lose it; work exists because a row says so."""
    for file in files_of(*ROOMS):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            words = {ast.unparse(decorator) for decorator in node.decorator_list}
            if words & {"transaction", "transaction_required"}:
                for inner in ast.walk(node):
                    sends = isinstance(inner, ast.Attribute) and inner.attr in {"delay", "apply_async", "send_task"}
                    assert not sends, f"{name_of(file)}:{inner.lineno if sends else 0}"


def test_below_the_faces_nobody_speaks_http() -> None:
    """import-linter sees only whole libraries, and django.http is a part of one."""
    spoken = re.compile(r"^\s*(?:from|import) django\.(?:http|shortcuts|views|template\b)", re.MULTILINE)
    allowed = {
        "common/staff.py": "the staff's site is Django's admin, which every room fills",
        "common/staff_signatures.py": "pages of that site on which two people act, in whichever room",
        "accounts/adapter.py": "allauth hands requests to its adapter",
        "accounts/sessions.py": "a session is made from a request",
        "accounts/guards.py": "guards stand at doors",
        "events/services/queue_mail.py": "mails are templates",
        "common/spreadsheet.py": "customers' and shops' pages give a table out alike",
        "payments/evidence_http.py": "shop's and staff's pages give a file out alike",
        "points/staff_reports.py": "a page that staff read",
        "points/staff_signatures.py": "pages on which staff act, beside what they read",
        "points/staff_conversions.py": "pages on which staff act, beside what they read",
        "points/staff_versions.py": "a part of a page that staff read",
        "payments/staff_answers.py": "pages on which staff act, beside what they read",
    }
    for room in ROOMS:
        if room in FACES:
            continue
        for file in files_of(room):
            if file.name == "admin.py" or name_of(file) in allowed:
                continue
            assert not spoken.search(file.read_text()), name_of(file)


def test_money_moves_only_on_the_ways_that_say_who_commits() -> None:
    """`atomic` alone does not say whether the caller may hold a transaction open."""
    for file in files_of(*ROOMS, "vaultpay"):
        if name_of(file) == "common/db.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.Attribute) and node.attr == "atomic"), f"{name_of(file)}:{node.lineno}"
