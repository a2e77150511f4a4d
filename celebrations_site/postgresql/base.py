"""Django's PostgreSQL, with a look at pooled connections that does not ask the server before each request."""

import select

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool as Django does, but none that the server has closed."""

    def get_new_connection(self, conn_params: dict[str, object]) -> psycopg.Connection:
        """Return a connection that lives. The pool replaces each one that does not."""
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        while self.pool and not is_alive(connection):
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def is_alive(connection: psycopg.Connection) -> bool:
    """Tell whether the server is there. It is asked only where something came unasked, such as its farewell."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return True
    try:
        connection.execute("")
    except psycopg.OperationalError:
        return False
    return True
