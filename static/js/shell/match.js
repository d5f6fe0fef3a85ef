// Fuzzy matching for the palette: all typed letters in order; starts of words, runs of letters and short names win.

/**
 * @param {string} typed @param {string} text
 * @returns {{ score: number, hits: number[] } | null} the higher the better; `hits` are the positions that matched
 */
export function match(typed, text) {
  const wanted = typed.toLowerCase().replace(/\s+/g, '');
  if (!wanted) return { score: 0, hits: [] };
  const lower = text.toLowerCase();
  const whole = lower.indexOf(typed.trim().toLowerCase());
  if (whole >= 0) {
    const hits = Array.from({ length: typed.trim().length }, (_, i) => whole + i);
    return { score: 100 + wanted.length * 4 - whole * 0.5 - text.length * 0.05 + (startsWord(lower, whole) ? 30 : 0), hits };
  }
  const hits = [];
  let score = 0;
  let strewn = 0;
  let at = 0;
  for (const letter of wanted) {
    const found = find(lower, letter, at);
    if (found < 0) return null;
    const inRun = found === at && hits.length > 0;
    score += startsWord(lower, found) ? 8 : inRun ? 5 : 1;
    if (!startsWord(lower, found) && !inRun) strewn += 1;
    hits.push(found);
    at = found + 1;
  }
  // Letters strewn over a long text are chance, not a match.
  const spread = hits[hits.length - 1] - hits[0] + 1;
  return strewn && spread > wanted.length * 4 ? null : { score: score - spread * 0.2 - text.length * 0.05, hits };
}

function startsWord(/** @type {string} */ text, /** @type {number} */ at) {
  return at === 0 || /[^a-z0-9]/.test(text[at - 1]);
}

/** The letter at the start of a following word if there is one near, else the next one. */
function find(/** @type {string} */ text, /** @type {string} */ letter, /** @type {number} */ from) {
  const next = text.indexOf(letter, from);
  if (next < 0 || next === from) return next;
  for (let i = next; i >= 0 && i < next + 16; i = text.indexOf(letter, i + 1)) if (startsWord(text, i)) return i;
  return next;
}

/** The text in pieces, those that matched marked. @param {string} text @param {number[]} hits @returns {Array<{ text: string, hit: boolean }>} */
export function pieces(text, hits) {
  const marked = new Set(hits);
  /** @type {Array<{ text: string, hit: boolean }>} */
  const out = [];
  for (let i = 0; i < text.length; i += 1) {
    const hit = marked.has(i);
    const last = out[out.length - 1];
    if (last && last.hit === hit) last.text += text[i];
    else out.push({ text: text[i], hit });
  }
  return out;
}
