"""Delete links of feeds that are no web addresses, because pages link to them."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    web = "lower(feed_link) LIKE 'http://%' OR lower(feed_link) LIKE 'https://%'"
    op.execute(f"UPDATE sources SET feed_link = NULL WHERE feed_link IS NOT NULL AND NOT ({web})")


def downgrade() -> None:
    """Do nothing: the next poll stores the links again."""
