"""Transition tables are read by bankers, so they are complete, and drawn."""

import pytest

from tools.docs import states_of, transition_tables

TABLES = list(transition_tables())


@pytest.mark.parametrize(("room", "name", "table"), TABLES, ids=[f"{room}.{name}" for room, name, _table in TABLES])
class TestTransitions:
    def test_every_state_can_be_reached_from_the_first(self, room, name, table) -> None:
        states = list(states_of(table))
        reached, waiting = {states[0]}, [states[0]]
        while waiting:
            state = waiting.pop()
            for (old, _verb), new in table.items():
                if old is state and new not in reached:
                    reached.add(new)
                    waiting.append(new)
        assert set(states) == reached, f"{room}: unreachable: {set(states) - reached}"

    def test_speaks_of_one_kind_of_state_only(self, room, name, table) -> None:
        kinds = {type(state) for (old, _verb), new in table.items() for state in (old, new)}
        assert len(kinds) == 1

    def test_verbs_are_words(self, room, name, table) -> None:
        assert all(verb.isidentifier() and verb.islower() for _old, verb in table)
