// The worker that hashes files, so that the page stays quick: gets a File, answers {sha256} or {error}.

import { Sha256 } from './sha256.js';

const PIECE = 4 << 20;

self.addEventListener('message', async ({ data: file }) => {
  try {
    const hash = new Sha256();
    for (let at = 0; at < file.size; at += PIECE) {
      hash.add(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    }
    self.postMessage({ sha256: hash.end() });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});
