// A small tus client for tests: it can stop anywhere, lie, and be two at once.

import net from 'node:net';
import { PREFIX } from './stack.mjs';

export const VERSION = { 'Tus-Resumable': '1.0.0' };
export const TYPE = 'application/offset+octet-stream';
const b64 = (value) => Buffer.from(value).toString('base64');

export function metadata(project, name, more = {}) {
  const pairs = { filename: name, project, ...more };
  return Object.entries(pairs).map(([key, value]) => `${key} ${b64(value)}`).join(',');
}

/** POST /uploads. Extra headers win; null removes one. */
export function create(caller, project, name, length, { headers = {}, body, meta } = {}) {
  return caller.call('POST', '/uploads', {
    body,
    headers: {
      ...VERSION, 'Upload-Length': length, 'Upload-Metadata': metadata(project, name, meta),
      ...(body === undefined ? {} : { 'Content-Type': TYPE }), ...headers,
    },
  });
}

export async function offset(caller, location) {
  const reply = await caller.call('HEAD', location, { headers: VERSION });
  return { status: reply.status, offset: Number(reply.headers['upload-offset']), length: Number(reply.headers['upload-length']), headers: reply.headers };
}

export function append(caller, location, at, bytes, headers = {}) {
  return caller.call('PATCH', location, {
    body: bytes, headers: { ...VERSION, 'Content-Type': TYPE, 'Upload-Offset': at, ...headers },
  });
}

/** Announces all bytes, sends only `cut` of them, and drops the connection. Resolves when it is gone. */
export function appendCut(caller, location, at, bytes, cut, headers = {}) {
  const { hostname, port } = new URL(caller.stack.url);
  const head = {
    Host: `${hostname}:${port}`, ...caller.credentials('PATCH'), ...VERSION, 'Content-Type': TYPE, 'Upload-Offset': at,
    'Content-Length': bytes.length, ...headers,
  };
  const text = `PATCH ${location} HTTP/1.1\r\n${Object.entries(head).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(text);
      socket.write(bytes.subarray(0, cut), () => setTimeout(() => socket.destroy(), 20));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

/** Starts a PATCH and leaves it open after `sent` bytes: {end(rest), drop()}. */
export function appendHeld(caller, location, at, total, sent) {
  const { hostname, port } = new URL(caller.stack.url);
  const head = { Host: `${hostname}:${port}`, ...caller.credentials('PATCH'), ...VERSION, 'Content-Type': TYPE, 'Upload-Offset': at, 'Content-Length': total };
  const text = `PATCH ${location} HTTP/1.1\r\n${Object.entries(head).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
  const socket = net.connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (c) => { answer += c; });
  socket.on('error', () => {});
  socket.write(text);
  socket.write(sent);
  return {
    drop: () => new Promise((resolve) => { if (socket.closed) resolve(); else socket.on('close', resolve).destroy(); }),
    end: (rest) => new Promise((resolve) => {
      socket.on('data', () => { if (answer.includes('\r\n\r\n')) { socket.destroy(); resolve(answer); } });
      socket.write(rest);
    }),
  };
}

export const PATH = `${PREFIX}/uploads`;
