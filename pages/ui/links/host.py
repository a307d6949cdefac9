"""The address by which others reach the app: a link that names 127.0.0.1 opens on this machine alone."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import streamlit as st

START = "STREAMLIT_SERVER_ADDRESS=0.0.0.0 make run"


def for_others(page: str) -> tuple[str, str]:
    """Give the address of a page as others can open it, and a hint for whoever passes it on.

    Args:
        page: The address in the browser, without what follows its path.

    Returns:
        The address, and a sentence or two; none where all is well.
    """
    address = urlsplit(page)
    if not is_this_machine(address.hostname or ""):
        return page, ""
    own = _address_in_network()
    port = f":{address.port}" if address.port else ""
    reachable = address._replace(netloc=f"{own}{port}").geturl() if own else ""
    if only_here():
        where = f" at {reachable}" if reachable else ""
        return page, (
            "Phones and other computers cannot open this link: the app listens to this machine only. "
            f"Stop it, start it with «{START}», and open it{where or ' by the address of this machine in the network'}."
        )
    if not reachable:
        return page, "This link names this machine only by its own name for itself, and others cannot open it."
    return reachable, f"Others reach this machine as {own}: the link names that instead of {address.hostname}."


def only_here() -> bool:
    """Whether the server listens on this machine only, and no proxy passes others on to it."""
    listens = st.get_option("server.address")
    return bool(listens) and is_this_machine(str(listens)) and "X-Forwarded-For" not in st.context.headers


def is_this_machine(host: str) -> bool:
    """Whether a name means the machine that it is used on."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address_in_network() -> str:
    """Give the address that this machine sends from; nothing without a network. Nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737), which nobody has
        except OSError:
            return ""
        own = asked.getsockname()[0]
    return "" if is_this_machine(own) or own == "0.0.0.0" else own
