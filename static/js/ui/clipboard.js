// Copying text. Browsers give navigator.clipboard only to pages that come over TLS or from the machine itself; elsewhere
// the old way through a selection still works.

/** @param {string} text @returns {Promise<void>} throws when the browser refuses */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const box = document.createElement('textarea');
  box.value = text;
  box.className = 'sr-only';
  // Inside an open dialog, for nothing outside it can have the focus.
  (document.querySelector('dialog[open]') ?? document.body).append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  before?.focus({ preventScroll: true });
  if (!done) throw new Error('The browser does not let this page copy. Select the text and press Ctrl C.');
}
