"""The documented password scheme of the PBX: RC4 with one static key and zero padding.

Source: wiki Howto:Encrypt_or_Decrypt_PBX_user_passwords and innovaphone's `class.rc4crypt.php`.
`PBX key = RC4(PBX password padded to 16, _ADMIN_.key)`, `user.pwd = RC4(PBX key, padded clear)`.
Nothing here keeps a secret; callers hold clear text only as long as they look at it.
"""

from __future__ import annotations

FIELD_BYTES = 24
_KEY_BYTES = 16


def rc4(key: bytes, data: bytes) -> bytes:
    """Return `data` encrypted with RC4, which is also how it is decrypted.

    Raises ValueError for an empty key.
    """
    if not key:
        raise ValueError("RC4 needs a key")
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 0xFF
        state[i], state[j] = state[j], state[i]
    i = j = 0
    output = bytearray()
    for byte in data:
        i = (i + 1) & 0xFF
        j = (j + state[i]) & 0xFF
        state[i], state[j] = state[j], state[i]
        output.append(byte ^ state[(state[i] + state[j]) & 0xFF])
    return bytes(output)


def pad(secret: str, size: int) -> bytes:
    """Return the secret in UTF-8, cut or zero-padded to `size` bytes."""
    return secret.encode()[:size].ljust(size, b"\0")


def pbx_key(pbx_password: str, admin_key: bytes) -> bytes:
    """Return the key of all user passwords from the PBX password and `_ADMIN_`'s key."""
    return rc4(pad(pbx_password, _KEY_BYTES), admin_key)


def encrypt(key: bytes, secret: str, size: int = FIELD_BYTES) -> bytes:
    """Return a password as the PBX stores it: padded to `size` bytes and encrypted."""
    return rc4(key, pad(secret, size))


def decrypt(key: bytes, field: bytes) -> bytes:
    """Return the clear text of a stored password, without its zero padding."""
    return rc4(key, field).rstrip(b"\0")


def factory_key(device_type: str) -> bytes:
    """Return the key of a "standard" configuration: the factory login admin / device type."""
    return pad("admin", _KEY_BYTES) + pad(device_type.lower(), _KEY_BYTES)
