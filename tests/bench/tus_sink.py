#!/usr/bin/python3
"""Speaks just enough tus to let a client send, and throws the bytes away: what the client itself can do at its best.

usage: tus_sink.py PORT        one connection at a time, on loopback
"""
import socket
import sys

buffer = bytearray(1 << 20)


def serve(conn):
    data, offset = b"", 0
    while True:
        while b"\r\n\r\n" not in data:
            piece = conn.recv(65536)
            if not piece:
                return
            data += piece
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        left = int(headers.get("content-length", 0)) - len(data)
        while left > 0:
            got = conn.recv_into(buffer, min(left, len(buffer)))
            if not got:
                return
            left -= got
        data = b""
        if lines[0].startswith("POST"):
            offset = 0
            answer = "201 Created\r\nLocation: /u"
        else:
            offset += int(headers.get("content-length", 0))
            answer = f"204 No Content\r\nUpload-Offset: {offset}"
        conn.sendall(f"HTTP/1.1 {answer}\r\nTus-Resumable: 1.0.0\r\nContent-Length: 0\r\n\r\n".encode())


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        with listener.accept()[0] as connection:
            serve(connection)
