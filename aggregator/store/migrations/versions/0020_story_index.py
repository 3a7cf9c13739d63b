"""Drop the index of stories by their first publication: no statement reads it, recent stories come from ``items``."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("stories_first", "stories")


def downgrade() -> None:
    op.create_index("stories_first", "stories", ["first_published"])
