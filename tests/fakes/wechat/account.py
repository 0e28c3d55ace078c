"""One official account as WeChat's servers hold it: they sign, encrypt, send, and judge the reply."""

from __future__ import annotations

import base64
import secrets

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import WeChatSigner

from tests.fakes.wechat.packets import Packet, Packets, to_xml
from tests.fakes.wechat.replies import BadReply, Response, fields_of, text_of

PLAIN, COMPATIBLE, SAFE = "plain", "compatible", "safe"
MODES = (PLAIN, COMPATIBLE, SAFE)
_ENVELOPE = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


class FakeAccount(Packets):
    """An account with its token, its EncodingAESKey (43 signs) and its mode, which may be changed later.

    Makes a packet with a method for each kind (`account.text(openid, "你好")`), a request of it with
    `request` and reads what was answered with `read`.
    """

    def __init__(self, app_id: str, token: str, aes_key_43: str = "", mode: str = PLAIN) -> None:
        super().__init__(f"gh_{app_id[-12:]}")
        self.app_id = app_id
        self.token = token
        self.aes_key = aes_key_43
        self.mode = mode

    def request(self, packet: Packet) -> tuple[dict[str, str], bytes]:
        """Return query and body of one delivery: the same packet, freshly signed and encrypted."""
        timestamp, nonce = str(int(self.clock())), _nonce()
        query = {**self._signed(timestamp, nonce), "openid": packet.openid}
        if self.mode == PLAIN:
            return query, packet.xml.encode()
        encrypted = PrpCrypto(self._key()).encrypt(packet.xml, self.app_id).decode()
        query["encrypt_type"] = "aes"
        query["msg_signature"] = self._signature(timestamp, nonce, encrypted)
        return query, self._enveloped(packet, encrypted).encode()

    def echo(self, echostr: str) -> dict[str, str]:
        """Return the query of the GET by which WeChat verifies the address; in the clear in every mode."""
        return {**self._signed(str(int(self.clock())), _nonce()), "echostr": echostr}

    def read(self, response: Response, packet: Packet | None = None) -> str | None:
        """Return the text that the person sees, None when nothing was to be said; BadReply for a fault.

        With `packet` the reply must go to its person. In 兼容 WeChat takes a reply in the clear too; here it
        must be encrypted, as in 安全, since that is what the account has the key for.
        """
        if response.status_code != 200:
            raise BadReply(f"HTTP {response.status_code}")
        if response.content in {b"", b"success"}:
            return None
        fields = fields_of(response.content)
        if self.mode != PLAIN:
            fields = fields_of(self._decrypted(fields).encode())
        return text_of(fields, self.original_id, packet.openid if packet else "")

    def _decrypted(self, envelope: dict[str, str]) -> str:
        missing = [name for name in _ENVELOPE if not envelope.get(name)]
        if missing:
            raise BadReply(f"{self.mode} 模式的回复要加密，没有 {'、'.join(missing)}")
        sealed = (envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"])
        try:
            text = WeChatCrypto(self.token, self.aes_key, self.app_id).decrypt_message(envelope, *sealed)
        except InvalidSignatureException as error:
            raise BadReply("MsgSignature 和密文对不上") from error
        except InvalidAppIdException as error:
            raise BadReply("密文末尾不是这个公众号的 AppID") from error
        except Exception as error:  # wechatpy lets base64, the cipher and struct raise what they like
            raise BadReply(f"回复解不开：{error}") from error
        return str(text)

    def _enveloped(self, packet: Packet, encrypted: str) -> str:
        if self.mode == COMPATIBLE:  # both of them, one after the other
            return packet.xml.removesuffix("</xml>") + to_xml({"Encrypt": encrypted}).removeprefix("<xml>")
        return to_xml({"ToUserName": self.original_id, "Encrypt": encrypted})

    def _signed(self, timestamp: str, nonce: str) -> dict[str, str]:
        signature = self._signature(timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce}

    def _signature(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        return str(signer.signature)

    def _key(self) -> bytes:
        return base64.b64decode(self.aes_key + "=")


def _nonce() -> str:
    return str(secrets.randbelow(9_000_000_000) + 1_000_000_000)
