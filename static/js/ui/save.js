// Handing something made in the page to the browser as a download.

/** Long enough for any browser to have begun reading. */
const READ_MS = 10000;

/** @param {string} name @param {Blob} blob */
export function saveBlob(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_MS);
}
