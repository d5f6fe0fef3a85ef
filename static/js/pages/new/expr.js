// The expression language of templates (docs/contracts.md, section 5) for the form: fields come and go as one types, and
// waiting for the server would make them jump. The server evaluates again and has the last word; whatever cannot be
// evaluated here counts as true, so that no field is hidden by mistake.

const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|"([^"]*)"|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|&&|\|\||[-+*/%()<>!?:,]))/y;

/** @type {Record<string, (...numbers: number[]) => number>} */
const FUNCTIONS = {
  min: Math.min, max: Math.max, ceil: Math.ceil, floor: Math.floor, round: Math.round, sqrt: Math.sqrt, log: Math.log,
  exp: Math.exp, abs: Math.abs, pow: Math.pow,
};

/** Binary operators, weakest first. @type {Array<Record<string, (a: any, b: any) => number>>} */
const LEVELS = [
  { '||': (a, b) => Number(Boolean(a) || Boolean(b)) },
  { '&&': (a, b) => Number(Boolean(a) && Boolean(b)) },
  { '==': (a, b) => Number(a === b), '!=': (a, b) => Number(a !== b) },
  { '<': (a, b) => Number(a < b), '<=': (a, b) => Number(a <= b), '>': (a, b) => Number(a > b), '>=': (a, b) => Number(a >= b) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

/** @typedef {number | string} Value */
/** @typedef {{ kind: 'number' | 'word' | 'name' | 'op', text: string }} Token */

/** @param {string} text @returns {Token[]} */
function tokens(text) {
  const all = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(text);
    const kind = found[1] !== undefined ? 'number' : found[2] !== undefined ? 'word' : found[3] !== undefined ? 'name' : 'op';
    all.push({ kind: /** @type {Token['kind']} */ (kind), text: found[1] ?? found[2] ?? found[3] ?? found[4] });
  }
  return all;
}

class Reader {
  /** @param {string} text @param {(name: string) => Value} lookup */
  constructor(text, lookup) {
    this.all = tokens(text);
    this.at = 0;
    this.lookup = lookup;
  }

  /** @param {string} op */
  take(op) {
    const token = this.all[this.at];
    if (token?.kind !== 'op' || token.text !== op) return false;
    this.at += 1;
    return true;
  }

  /** @param {string} op */
  need(op) {
    if (!this.take(op)) throw new SyntaxError(`${op} expected`);
  }

  /** @returns {Value} */
  choice() {
    const condition = this.binary(0);
    if (!this.take('?')) return condition;
    const yes = this.choice();
    this.need(':');
    const no = this.choice();
    return condition ? yes : no;
  }

  /** @param {number} level @returns {Value} */
  binary(level) {
    if (level === LEVELS.length) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const token = this.all[this.at];
      const operation = token?.kind === 'op' && Object.hasOwn(LEVELS[level], token.text) ? LEVELS[level][token.text] : null;
      if (!operation) return left;
      this.at += 1;
      left = operation(left, this.binary(level + 1));
    }
  }

  /** @returns {Value} */
  unary() {
    if (this.take('!')) return Number(!this.unary());
    if (this.take('-')) return -Number(this.unary());
    if (this.take('(')) {
      const inside = this.choice();
      this.need(')');
      return inside;
    }
    const token = this.all[this.at];
    this.at += 1;
    if (token?.kind === 'number') return Number(token.text);
    if (token?.kind === 'word') return token.text;
    if (token?.kind !== 'name') throw new SyntaxError('a value is missing');
    return this.take('(') ? this.call(token.text) : this.lookup(token.text);
  }

  /** @param {string} name */
  call(name) {
    const values = [];
    do values.push(Number(this.choice())); while (this.take(','));
    this.need(')');
    if (!Object.hasOwn(FUNCTIONS, name)) throw new SyntaxError(name);
    return FUNCTIONS[name](...values);
  }
}

/** @param {string} text @param {(name: string) => Value} lookup throws for a name it does not know @returns {Value} */
export function evaluate(text, lookup) {
  const reader = new Reader(text, lookup);
  const value = reader.choice();
  if (reader.at < reader.all.length) throw new SyntaxError(`after ${reader.all[reader.at - 1]?.text}`);
  return value;
}

/** Whether a condition holds, as far as that is known. @param {string | undefined} text @param {Record<string, any>} names */
export function holds(text, names) {
  if (!text) return true;
  try {
    return Boolean(evaluate(text, (name) => {
      const value = names[name];
      if (typeof value === 'boolean') return Number(value);
      if (typeof value !== 'number' && typeof value !== 'string') throw new ReferenceError(name);
      return value;
    }));
  } catch {
    return true;
  }
}
