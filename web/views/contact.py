"""The contact of the site as a link."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from web.i18n.language import t
from web.site import Site


def contact_link(site: Site, about: str = "") -> tuple[str, str] | None:
    """Return (URL, text) of ``site.contact``, which is an e-mail or web address; None if it is not set.

    ``about`` goes into the subject of the message.
    """
    contact = site.config.site.contact
    if not contact:
        return None
    if urlsplit(contact).scheme in ("http", "https"):
        return contact, contact
    if "@" in contact and " " not in contact:
        subject = f"?subject={quote(t('更正或删除申请') + ' ' + about)}" if about else ""
        return f"mailto:{quote(contact, safe='@')}{subject}", contact
    return "", contact
