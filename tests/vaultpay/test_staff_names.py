"""Whatever the staff can look at has a name by which a person tells it from the next one."""

from django.db.models import Model

from common.staff import staff_site


def test_no_noun_is_called_an_object():
    assert len(staff_site._registry) > 30
    assert [model.__name__ for model in staff_site._registry if model.__str__ is Model.__str__] == []
