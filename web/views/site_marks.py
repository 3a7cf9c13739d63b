"""What the site's owner puts on every page: logo, links and registrations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.config.settings import FooterLink, SiteSettings

MIIT_URL = "https://beian.miit.gov.cn/"
MPS_URL = "https://beian.mps.gov.cn/#/query/webSearch?code="


@dataclass(frozen=True, slots=True)
class Registration:
    """A number with the URL of its public record; the police number is shown beside the emblem."""

    number: str
    url: str
    has_emblem: bool = False


@dataclass(frozen=True, slots=True)
class SiteMarks:
    """The marks of the owner, as the layout shows them."""

    logo: bool
    links: tuple[FooterLink, ...]
    registrations: tuple[Registration, ...]
    theme_color: str
    theme_color_dark: str


def site_marks(settings: SiteSettings) -> SiteMarks:
    """Return the marks that config.toml sets.

    Both registers ask for a link from the number: the ICP number to the register of the MIIT, the police number to its
    record, which is named by its digits.
    """
    registrations = []
    if settings.icp:
        registrations.append(Registration(settings.icp, MIIT_URL))
    if settings.police:
        record = MPS_URL + "".join(re.findall(r"\d", settings.police))
        registrations.append(Registration(settings.police, record, has_emblem=True))
    return SiteMarks(
        bool(settings.logo),
        settings.footer,
        tuple(registrations),
        settings.theme_color,
        settings.theme_color_dark,
    )


def about_paragraphs(settings: SiteSettings) -> list[list[str]]:
    """Return the owner's text as paragraphs of lines."""
    paragraphs = re.split(r"\n\s*\n", (settings.about or "").strip())
    return [[line.strip() for line in paragraph.splitlines()] for paragraph in paragraphs if paragraph.strip()]
