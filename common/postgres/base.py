"""The same as Django's, with a cheaper health check: a look at the line instead of a question to the server.

Django asks `SELECT 1` before the first statement of every request: on the hot path one trip of four. A server that went
away has closed the line, which shows as something to read; only then is it asked.
"""

from select import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        line = self.connection
        if line is None or line.closed:
            return False
        readable, _writable, _odd = select([line.fileno()], [], [], 0)
        return not readable or bool(super().is_usable())
