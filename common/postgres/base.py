"""The same as Django's, with a cheaper health check: a look at the line instead of a question to the server.

Django asks `SELECT 1` before the first statement of every request: on the hot path one trip of four. A server that went
away has closed the line, which shows as something to read; only then is it asked.

And with a cursor for what is asked again and again, word for word: its values travel beside the statement, which the
server reads and plans once per line. Django writes values into the text, because not all that the ORM says can be
prepared.
"""

from select import select
from typing import Any

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Of a prepared one, whose values are not in it, as it was asked."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        """Only `prepared_cursor` prepares anything."""
        return {**super().get_connection_params(), "prepare_threshold": 1}

    def prepared_cursor(self) -> Any:
        """For one statement, in the text of which nothing but the statement is."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = base.ServerBindingCursor(self.connection)  # type: ignore[attr-defined]  # its stubs do not know it
            return self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # the same

    def is_usable(self) -> bool:
        line = self.connection
        if line is None or line.closed:
            return False
        readable, _writable, _odd = select([line.fileno()], [], [], 0)
        return not readable or bool(super().is_usable())
