// Numbers, units, amounts and times as text. One way everywhere and in every country: a decimal point, a thin space
// between thousands and before units, a true minus, times in the reader's zone with the zone said.

const THIN = '\u2009';
const MINUS = '\u2212';
const NONE = '–';
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** Units that stand at the number without a space. */
const TIGHT = new Set(['°', '′', '″']);

/** @param {string} text of a number in plain digits */
function dress(text) {
  const [whole, part] = text.replace('-', '').split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const negative = text.startsWith('-') && /[1-9]/.test(text);
  return (negative ? MINUS : '') + grouped + (part ? `.${part}` : '');
}

/** @param {string} text @param {string} [unit] */
function withUnit(text, unit) {
  if (!unit) return text;
  return TIGHT.has(unit) ? text + unit : `${text}${THIN}${unit}`;
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** @param {number} x @param {number} sig significant digits */
function power(x, sig) {
  const [mantissa, exponent] = x.toExponential(sig - 1).split('e');
  const raised = [...exponent.replace('+', '')].map((c) => (c === '-' ? '⁻' : RAISED[Number(c)])).join('');
  return `${dress(mantissa)}·10${raised}`;
}

/**
 * A number; a dash where there is none.
 *
 * @param {number | null | undefined} x
 * @param {{ digits?: number, sig?: number, unit?: string }} [how] digits: after the point; sig: significant ones (4)
 */
export function num(x, { digits, sig = 4, unit } = {}) {
  if (x === null || x === undefined || Number.isNaN(x)) return NONE;
  if (!Number.isFinite(x)) return withUnit(x > 0 ? '∞' : `${MINUS}∞`, unit);
  if (digits !== undefined) return withUnit(dress(x.toFixed(digits)), unit);
  if (Number.isInteger(x) && Math.abs(x) < 1e15) return withUnit(dress(String(x)), unit);
  const size = Math.abs(x);
  if (size >= 1e9 || size < 1e-4) return withUnit(power(x, sig), unit);
  const places = Math.max(0, sig - 1 - Math.floor(Math.log10(size)));
  const text = x.toFixed(Math.min(places, 20));
  return withUnit(dress(text.includes('.') ? text.replace(/\.?0+$/, '') : text), unit);
}

const PREFIXES = [[1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p']];

/** @param {number} x @param {number} sig */
function threeDigits(x, sig) {
  // 0.9996 is 1.00, so the place of its first digit is asked of the rounded number.
  const size = Math.abs(Number(x.toPrecision(sig)));
  return x.toFixed(Math.max(0, sig - 1 - Math.floor(Math.log10(Math.max(size, 1e-9)))));
}

/** With the prefix that leaves one to three digits before the point. @param {number | null | undefined} x @param {string} unit @param {number} [sig] */
export function si(x, unit, sig = 3) {
  if (x === null || x === undefined || !Number.isFinite(x)) return num(x, { unit });
  if (x === 0) return withUnit('0', unit);
  for (const [at, [scale, prefix]] of /** @type {Array<[number, [number, string]]>} */ ([...PREFIXES.entries()])) {
    if (Math.abs(x) < scale && at < PREFIXES.length - 1) continue;
    const text = threeDigits(x / scale, sig);
    // 999.6 k is 1.00 M.
    if (Math.abs(Number(text)) >= 1000 && at > 0) {
      const [larger, name] = /** @type {[number, string]} */ (PREFIXES[at - 1]);
      return withUnit(dress(threeDigits(x / larger, sig)), name + unit);
    }
    return withUnit(dress(text), prefix + unit);
  }
  return num(x, { unit });
}

/** Bytes, by thousands as disks are sold and quotas are kept. @param {number | null | undefined} n */
export function bytes(n) {
  if (n === null || n === undefined) return NONE;
  return Math.abs(n) < 1000 ? withUnit(dress(String(Math.round(n))), 'B') : si(n, 'B');
}

/** A duration by its two largest parts: "8 h 40 min". @param {number | null | undefined} seconds */
export function dur(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const s = Math.max(0, seconds);
  if (s < 1) return s === 0 ? `0${THIN}s` : `${Math.max(1, Math.round(s * 1000))}${THIN}ms`;
  if (s < 9.95) return `${Number(s.toFixed(1))}${THIN}s`;
  const whole = Math.round(s);
  if (whole < MINUTE) return `${whole}${THIN}s`;
  if (whole < HOUR) return pair(whole, MINUTE, 'min', 1, 's');
  const minutes = Math.round(s / MINUTE) * MINUTE;
  if (minutes < DAY) return pair(minutes, HOUR, 'h', MINUTE, 'min');
  return pair(Math.round(s / HOUR) * HOUR, DAY, 'd', HOUR, 'h');
}

/** @param {number} s @param {number} big @param {string} bigName @param {number} small @param {string} smallName */
function pair(s, big, bigName, small, smallName) {
  const rest = Math.floor((s % big) / small);
  return `${dress(String(Math.floor(s / big)))}${THIN}${bigName}${rest ? ` ${rest}${THIN}${smallName}` : ''}`;
}

/** @param {string | number | Date} at */
const millis = (at) => new Date(at).getTime();

/** How long ago, or in how long. @param {string | null | undefined} iso @param {number} [now] */
export function ago(iso, now = Date.now()) {
  if (!iso || Number.isNaN(millis(iso))) return NONE;
  const s = (now - millis(iso)) / 1000;
  const size = Math.abs(s);
  // Clocks of server and browser differ by a little: that is now, not the future.
  if (size < 45) return 'just now';
  const text = size < 45 * MINUTE ? `${Math.max(1, Math.round(size / MINUTE))}${THIN}min`
    : size < 22 * HOUR ? `${Math.max(1, Math.round(size / HOUR))}${THIN}h`
      : size < 26 * DAY ? plural(Math.max(1, Math.round(size / DAY)), 'day')
        : size < 320 * DAY ? plural(Math.max(1, Math.round(size / (30.4 * DAY))), 'month')
          : plural(Math.max(1, Math.round(size / (365.25 * DAY))), 'year');
  return s >= 0 ? `${text} ago` : `in ${text}`;
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');

/** The exact moment in the reader's own zone: "2026-11-20 23:10:05 UTC+1". @param {string | null | undefined} iso */
export function when(iso) {
  if (!iso || Number.isNaN(millis(iso))) return NONE;
  const d = new Date(iso);
  const east = -d.getTimezoneOffset();
  const minutes = Math.abs(east) % 60;
  const zone = east === 0 ? 'UTC' : `UTC${east > 0 ? '+' : MINUS}${Math.floor(Math.abs(east) / 60)}${minutes ? `:${two(minutes)}` : ''}`;
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())} ${zone}`;
}

/** @param {number | null | undefined} fraction @param {number} [digits] */
export function pct(fraction, digits = 0) {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return NONE;
  const scaled = fraction * 100;
  // Never 100 before it is, never 0 when it has begun.
  const least = 10 ** -digits;
  if (scaled > 0 && scaled < least) return `<${THIN}${least}${THIN}%`;
  const shown = scaled < 100 && Number(scaled.toFixed(digits)) >= 100 ? (100 - least).toFixed(digits) : scaled.toFixed(digits);
  return `${dress(shown)}${THIN}%`;
}

/** "1 run", "24 000 runs". @param {number} n @param {string} one @param {string} [many] */
export function plural(n, one, many = `${one}s`) {
  return `${num(n)} ${n === 1 ? one : many}`;
}

/**
 * A value with its uncertainty, both to the uncertainty's first two digits if that begins with 1, else its first.
 *
 * @param {number | null | undefined} value @param {number | null | undefined} error @param {string} [unit]
 */
export function err(value, error, unit) {
  if (value === null || value === undefined || !error || !Number.isFinite(error)) return num(value, { unit });
  const size = Math.floor(Math.log10(error));
  const sig = Math.floor(error / 10 ** size) === 1 ? 2 : 1;
  const digits = Math.min(12, Math.max(0, sig - 1 - size));
  return withUnit(`${num(value, { digits })}${THIN}±${THIN}${num(error, { digits })}`, unit);
}
