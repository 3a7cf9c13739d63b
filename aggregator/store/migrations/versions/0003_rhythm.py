"""Publishing profile of a source, the reason for its next poll, and the host of its URL."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("profile", sa.LargeBinary))
    op.add_column("sources", sa.Column("next_why", sa.Text))
    op.add_column("sources", sa.Column("host", sa.Text, nullable=False, server_default=""))
    _fill_hosts()


def _fill_hosts() -> None:
    connection = op.get_bind()
    sources = sa.table("sources", sa.column("id"), sa.column("url"), sa.column("url_now"), sa.column("host"))
    for number, url, url_now in connection.execute(sa.select(sources.c.id, sources.c.url, sources.c.url_now)).all():
        try:
            host = urlsplit((url_now or url).strip()).netloc.rpartition("@")[2].lower()
        except ValueError:
            continue
        connection.execute(sources.update().where(sources.c.id == number).values(host=host))


def downgrade() -> None:
    for name in ("host", "next_why", "profile"):
        op.drop_column("sources", name)
