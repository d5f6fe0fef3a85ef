// The user guide for the help pages: guide.mjs <packages> <docs> <output>
// docs/user-guide.md becomes guide.json, a tree of elements the page builds itself, so no HTML text ever meets the
// browser: {sections: [{id, title, nodes}]}, a node being a text or [tag, attributes, …nodes]. Each second-level heading
// begins a section; links between documents of the repository stay text. Pictures (docs/img) go beside it, to guide/.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { write } from './pack.mjs';

const [packages, docs, output] = process.argv.slice(2).map((folder) => path.resolve(folder));
const { marked } = createRequire(path.join(packages, 'package.json'))('marked');

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': '\'' };
const plain = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
const textOf = (token) => (token.tokens ? token.tokens.map(textOf).join('') : plain(token.text ?? ''));

function link(token) {
  const { href } = token;
  if (href.startsWith('#')) return ['a', { href: `/help/${href.slice(1)}` }, ...inline(token.tokens)];
  if (href.startsWith('/')) return ['a', { href }, ...inline(token.tokens)];
  if (/^https?:/.test(href)) return ['a', { href, rel: 'noopener noreferrer', target: '_blank' }, ...inline(token.tokens)];
  return ['span', {}, ...inline(token.tokens)];
}

function image(token) {
  const name = path.basename(token.href);
  if (!fs.existsSync(path.join(docs, 'img', name))) throw new Error(`user-guide.md shows ${token.href}, which is not in docs/img`);
  return ['img', { src: `/guide/${name}`, alt: token.text, loading: 'lazy' }];
}

const INLINE = {
  text: (t) => (t.tokens ? ['span', {}, ...inline(t.tokens)] : plain(t.text)),
  escape: (t) => plain(t.text),
  strong: (t) => ['strong', {}, ...inline(t.tokens)],
  em: (t) => ['em', {}, ...inline(t.tokens)],
  codespan: (t) => ['code', {}, plain(t.text)],
  br: () => ['br', {}],
  link,
  image,
};

/** <kbd> is the only HTML the guide may use; its opening, its text and its closing are tokens of their own. */
function inline(tokens = []) {
  const nodes = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token.type === 'html' && token.text === '<kbd>' && tokens[i + 2]?.text === '</kbd>') {
      nodes.push(['kbd', {}, plain(tokens[i + 1].text)]);
      i += 2;
    } else if (INLINE[token.type]) {
      nodes.push(INLINE[token.type](token));
    } else {
      throw new Error(`user-guide.md: nothing is made of "${token.raw}" in a line`);
    }
  }
  return nodes;
}

const BLOCK = {
  space: () => null,
  hr: () => ['hr', {}],
  heading: (t) => [`h${t.depth}`, { id: slug(textOf(t)) }, ...inline(t.tokens)],
  paragraph: (t) => ['p', {}, ...inline(t.tokens)],
  text: (t) => ['span', {}, ...inline(t.tokens ?? [{ type: 'text', text: t.text }])],
  code: (t) => ['pre', { tabIndex: 0 }, ['code', {}, t.text]],
  blockquote: (t) => ['blockquote', {}, ...blocks(t.tokens)],
  list: (t) => [t.ordered ? 'ol' : 'ul', {}, ...t.items.map((item) => ['li', {}, ...blocks(item.tokens)])],
  table: (t) => ['div', { class: 'table-scroll', tabIndex: 0 }, ['table', { class: 'table' },
    ['thead', {}, ['tr', {}, ...t.header.map((cell) => ['th', { scope: 'col' }, ...inline(cell.tokens)])]],
    ['tbody', {}, ...t.rows.map((row) => ['tr', {}, ...row.map((cell) => ['td', {}, ...inline(cell.tokens)])])]]],
};

const blocks = (tokens) => tokens.map((token) => {
  const make = BLOCK[token.type];
  if (!make) throw new Error(`user-guide.md: nothing is made of "${token.type}"`);
  return make(token);
}).filter((node) => node !== null);

const sections = [];
for (const token of marked.lexer(fs.readFileSync(path.join(docs, 'user-guide.md'), 'utf8'))) {
  if (token.type === 'heading' && token.depth <= 2) {
    const title = textOf(token);
    sections.push({ id: token.depth === 1 ? '' : slug(title), title, nodes: [] });
  } else if (token.type !== 'space') {
    if (!sections.length) throw new Error('user-guide.md does not begin with a heading');
    sections.at(-1).nodes.push(...blocks([token]));
  }
}
fs.mkdirSync(path.join(output, 'guide'), { recursive: true });
const pictures = path.join(docs, 'img');
if (fs.existsSync(pictures)) fs.cpSync(pictures, path.join(output, 'guide'), { recursive: true });
write(path.join(output, 'guide.json'), JSON.stringify({ sections }));
