// Writes a file and, beside a text, its Brotli and gzip copies, which the server prefers (portal/http/staticfile.c).

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const TEXT = /\.(js|css|html|svg|json|txt)$/;

/** @param {string} target @param {Buffer | string} content */
export function write(target, content) {
  const bytes = Buffer.from(content);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, bytes);
  if (!TEXT.test(target)) return;
  // After the file itself: a copy that is older than it is not taken.
  fs.writeFileSync(`${target}.br`, zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  fs.writeFileSync(`${target}.gz`, zlib.gzipSync(bytes, { level: 9 }));
}
