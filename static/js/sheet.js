// Style sheets that come with a page or a heavy component, each loaded once and then kept.

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** @param {string} href @returns {Promise<void>} when it applies; a sheet that cannot be had does not stop the page */
export function sheetLoad(href) {
  const known = sheets.get(href);
  if (known) return known;
  const loading = new Promise((/** @type {(value?: any) => void} */ resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => resolve());
    document.head.append(link);
  });
  sheets.set(href, loading);
  return loading;
}
