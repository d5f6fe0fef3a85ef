// The sha256 the stored file must have, worked out beside the page before its upload begins. Larger files go without:
// they would wait for minutes, and the transfer itself is checked by TCP and the server's own hash of what arrived.

const SIZE_MAX = 256 * 2 ** 20;

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/** @param {File} file @returns {Promise<string | null>} */
function hashOne(file) {
  return new Promise((resolve) => {
    let worker;
    try {
      worker = new Worker('/js/upload/sha256-worker.js', { type: 'module' });
    } catch {
      resolve(null);
      return;
    }
    const done = (/** @type {string | null} */ sha256) => {
      worker.terminate();
      resolve(sha256);
    };
    worker.addEventListener('message', ({ data }) => done(data.sha256 ?? null));
    worker.addEventListener('error', () => done(null));
    worker.postMessage(file);
  });
}

/** One file after the other: several at once would only be slower. @param {File} file @returns {Promise<string | null>} null: not known */
export function checksum(file) {
  if (file.size > SIZE_MAX) return Promise.resolve(null);
  const mine = last.then(() => hashOne(file));
  last = mine;
  return mine;
}
