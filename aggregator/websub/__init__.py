"""WebSub (W3C Recommendation 2018): subscriber to publishers' hubs, and a hub for our own feeds.

``subscription_state.py`` is the pure state machine of a subscription; ``subscriber.py`` and ``hub.py`` run requests.
May import config, fetching, store, ``services`` and below.
"""
