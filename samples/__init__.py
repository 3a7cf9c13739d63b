"""The demo's sample outlets: invented texts, published over local HTTP by outlets that do not exist.

Nothing here is real: no outlet, person or event. ``texts`` reads the articles, ``casting`` decides who brings which,
``retell`` how, ``bulletins`` and ``timeline`` when (all PURE, all from one seed); ``newsroom`` holds what is
published up to now, ``serialise`` and ``pages`` write it down, ``server`` serves it, ``config`` lists it for Gedi.
The feeds are written by hand and not through ``feeds``: they are to be odd in the ways of real outlets.
"""
