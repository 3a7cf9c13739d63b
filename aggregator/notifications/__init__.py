"""Notifications of ``[[notify]]``: stories and incidents are sent to chats, telephones, mailboxes and webhooks.

targets      the targets of the config
selection    what is new for a target, from the journals            -> notices in the outbox
batching     which notices make a message, and when                 -> messages in the outbox
content      a message in words, and as JSON
webhook      signed JSON, through the address guard
apprise_*    every other service, in a child process
delivery     all of it for one target; begin here
"""
