"""How sources are requested, as far as a change makes stored validators useless."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("request", sa.Text))


def downgrade() -> None:
    op.drop_column("sources", "request")
