"""A real SMTP server on 127.0.0.1 that answers as the test wants, and remembers what it took."""

import threading
from email import message_from_bytes, policy
from itertools import chain, repeat

from aiosmtpd.controller import Controller

from portal.devservices import free_port

YES = "250 OK"


class MailServer:
    """Listens on a free port; every letter it saw to the end of DATA is in ``seen``, whatever it answered.

    ``answer`` gives the answers to the next recipients and letters, then it says yes. ``hold`` keeps the
    answer to DATA back until ``release``. ``hangs_up`` drops the connection instead of answering QUIT.
    """

    def __init__(self):
        self.contents = []
        self.hangs_up = False
        self.letter_is_here = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.answer()
        self.port = free_port()
        self._controller = Controller(
            _Hooks(self),
            hostname="127.0.0.1",
            port=self.port,
            server_hostname="mail.test",
            ready_timeout=30,
        )

    def start(self):
        self._controller.start()

    def stop(self):
        """Stop listening; harmless when stopped already."""
        self.release()
        if self._controller.server:
            self._controller.stop()

    def answer(self, *, to_recipient=(), to_letter=()):
        self.to_recipient = chain(to_recipient, repeat(YES))
        self.to_letter = chain(to_letter, repeat(YES))

    def hold(self):
        self.may_answer.clear()

    def release(self):
        self.may_answer.set()

    @property
    def seen(self):
        """Return every letter taken so far, oldest first."""
        return [message_from_bytes(content, policy=policy.default) for content in self.contents]

    @property
    def message_ids(self):
        return [letter["Message-ID"] for letter in self.seen]


class _Hooks:
    """What aiosmtpd calls, in its own thread. Apart from the server: it reads every attribute at each connection."""

    def __init__(self, server):
        self._server = server

    async def handle_RCPT(self, _smtp, _session, envelope, address, _options):  # noqa: N802
        answer = next(self._server.to_recipient).format(address=address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, smtp, _session, envelope):  # noqa: N802
        self._server.contents.append(envelope.content)
        self._server.letter_is_here.set()
        await smtp.loop.run_in_executor(None, self._server.may_answer.wait)
        return next(self._server.to_letter)

    async def handle_QUIT(self, smtp, _session, _envelope):  # noqa: N802
        if self._server.hangs_up:
            smtp.transport.abort()
        return "221 Bye"
