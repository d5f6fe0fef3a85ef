// How loud a line of a log is. Engines have no common form; these are the words they all use. A line that only counts
// ("0 errors", "no warnings") is not one.

const CALM = /\b(?:0|no|without)\s+(?:errors?|warnings?|failures?)\b/i;
const ERROR = /\b(?:fatal|error|failed|failure|abort(?:ed|ing)?|exception|traceback|segmentation fault|sigsegv|killed|out of memory|not converge|diverged|blow(?:n|ing)? up|cannot|could not|nan)\b/i;
const WARNING = /\b(?:warn(?:ing)?s?|deprecated|caution)\b/i;

/** @param {string} line @returns {'error' | 'warning' | null} */
export function levelOf(line) {
  if (CALM.test(line)) return null;
  if (ERROR.test(line)) return 'error';
  return WARNING.test(line) ? 'warning' : null;
}
