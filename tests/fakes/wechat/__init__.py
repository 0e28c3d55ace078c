"""WeChat as an official account meets it: packets, signatures, encryption, retries, and what it refuses.

Made without the product's code, so that it can judge it. By hand: `python -m tests.fakes.wechat`.
"""

from tests.fakes.wechat.account import FakeAccount
from tests.fakes.wechat.delivery import Delivered, deliver, verify
from tests.fakes.wechat.packets import Packet
from tests.fakes.wechat.replies import BadReply

__all__ = ["BadReply", "Delivered", "FakeAccount", "Packet", "deliver", "verify"]
