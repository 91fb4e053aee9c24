# SPDX-License-Identifier: BSD-2-Clause
"""Asks the kernel: fib.py FOLDER, in a network namespace of its own.

Makes interfaces, installs the routes of FOLDER/batch (for "ip -batch"), prints them in every way that
there is a file for, and writes to FOLDER/answers what the kernel does with each of FOLDER/addresses:
"ADDRESS DEVICE PREFIX TABLE", or "ADDRESS - - -" for what it refuses.
"""

import ipaddress
import os
import socket
import struct
import subprocess
import sys

NLMSG_ERROR, RTM_NEWROUTE, RTM_GETROUTE = 2, 24, 26
NLM_F_REQUEST = 1
RTA_DST, RTA_OIF, RTA_MULTIPATH, RTA_TABLE = 1, 4, 9, 15
RTM_F_FIB_MATCH = 0x2000  # the route, not what a lookup makes of it
# What the kernel says where there is no route, or one that drops: by the route's type.
REFUSALS = {1, 13, 22, 101, 113}  # EPERM, EACCES, EINVAL, ENETUNREACH, EHOSTUNREACH

SET_UP = '''
set -e
ip link set lo up
for name in tun0 eth0; do
    ip link add $name type veth peer name peer-$name
    ip link set dev $name addrgenmode none
    ip link set dev peer-$name addrgenmode none
    ip link set peer-$name up
    ip link set $name up
done
ip addr add 10.255.0.1/24 dev tun0
ip addr add 192.0.2.1/24 dev eth0
ip -6 addr add fd00:a::1/64 dev tun0 nodad
ip -6 addr add fd00:b::1/64 dev eth0 nodad
'''

OUTPUTS = {
    'ip-route': 'ip route; ip -6 route',
    'ip-route-details': 'ip -d -o route; ip -d -o -6 route',
    'ip-route-all': 'ip route show table all; ip -6 route show table all',
    'ip-json': 'ip -j route; ip -j -6 route',
    'ip-json-pretty': 'ip -j -p -d route show table all; ip -j -p -d -6 route show table all',
}


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        yield kind, data[4:length]
        data = data[(length + 3) & ~3:]


def answer(message):
    """The device, prefix and table of a reply; dashes for a refusal."""
    kind = struct.unpack_from('=IH', message)[1]
    if kind == NLMSG_ERROR:
        error = -struct.unpack_from('=i', message, 16)[0]
        if error not in REFUSALS:
            raise OSError(error, os.strerror(error))
        return '- - -'
    if kind != RTM_NEWROUTE:
        raise ValueError(f'found message {kind}; expected a route')
    family, length = struct.unpack_from('=BB', message, 16)
    table = message[20]
    found = dict(attributes(message[28:]))
    # The first next hop of several: length, flags, hops, index.
    oif = found[RTA_OIF][:4] if RTA_OIF in found else found[RTA_MULTIPATH][4:8]
    zero = bytes(4 if family == socket.AF_INET else 16)
    prefix = f'{socket.inet_ntop(family, found.get(RTA_DST, zero))}/{length}'
    return f'{socket.if_indextoname(struct.unpack("=I", oif)[0])} {prefix} {table}'


def ask(netlink, address):
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    payload = struct.pack('=BBBBBBBBI', family, address.max_prefixlen, 0, 0, 0, 0, 0, 0,
                          RTM_F_FIB_MATCH)
    payload += struct.pack('=HH', 4 + len(address.packed), RTA_DST) + address.packed
    netlink.send(struct.pack('=IHHII', 16 + len(payload), RTM_GETROUTE, NLM_F_REQUEST, 1, 0) +
                 payload)
    return answer(netlink.recv(65536))


def main(folder):
    def path(name):
        return os.path.join(folder, name)
    subprocess.run(['sh', '-c', SET_UP], check=True)
    subprocess.run(['ip', '-batch', path('batch')], check=True)
    for name, command in OUTPUTS.items():
        with open(path(name), 'wb') as out:
            subprocess.run(['sh', '-ec', command], stdout=out, check=True)
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    with open(path('addresses'), encoding='ascii') as lines, \
            open(path('answers'), 'w', encoding='ascii') as out:
        for line in lines:
            address = ipaddress.ip_address(line.strip())
            out.write(f'{address} {ask(netlink, address)}\n')


main(sys.argv[1])
