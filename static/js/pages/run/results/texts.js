// The words of a result: methods text and citations, ready for a paper.

import { html } from '/vendor/preact.js';
import { Button, Card, copyText, toast } from '../../../ui/index.js';

/** @typedef {{ key: string, text: string, doi?: string }} Citation */

/**
 * A citation as BibTeX. Templates write "Authors: Title. Journal volume (year) pages."; what reads otherwise is kept whole.
 *
 * @param {Citation} c
 */
export function bibtex(c) {
  const parts = /^(.+?): (.+?)\. (.+?) ([\w-]+) \((\d{4})\) ([\w-]+)\.?$/u.exec(c.text);
  const fields = parts ? {
    author: parts[1].replaceAll(', ', ' and '),
    title: `{${parts[2]}}`,
    journal: parts[3],
    volume: parts[4],
    year: parts[5],
    pages: parts[6].replace(/^(\d+)-(\d+)$/, '$1--$2'),
  } : { note: c.text };
  const lines = Object.entries({ ...fields, ...(c.doi ? { doi: c.doi } : {}) }).map(([name, value]) => `  ${name} = {${value}}`);
  return `@${parts ? 'article' : 'misc'}{${c.key},\n${lines.join(',\n')}\n}`;
}

/** @param {string} text @param {string} what */
async function copy(text, what) {
  await copyText(text);
  toast(`${what} copied.`, { kind: 'good' });
}

/** @param {{ text: string }} props */
export function Methods({ text }) {
  return html`<${Card} title="Methods" class="methods" actions=${html`<${Button} kind="quiet" size="small" icon="copy" onClick=${() => copy(text, 'Methods text')}>Copy<//>`}>
    <p class="prose">${text}</p>
  <//>`;
}

/** @param {{ citations: Citation[] }} props */
export function Citations({ citations }) {
  return html`<${Card} title="Please cite" class="citations" actions=${html`
      <${Button} kind="quiet" size="small" icon="copy" onClick=${() => copy(citations.map((c) => c.text + (c.doi ? ` doi:${c.doi}` : '')).join('\n'), 'Citations')}>Copy<//>
      <${Button} kind="quiet" size="small" icon="copy" onClick=${() => copy(`${citations.map(bibtex).join('\n\n')}\n`, 'BibTeX')}>BibTeX<//>`}>
    <ol class="citation-list">${citations.map((c) => html`<li key=${c.key}>${c.text}${c.doi && html` <a href=${`https://doi.org/${c.doi}`} rel="noreferrer" target="_blank">doi:${c.doi}</a>`}</li>`)}</ol>
  <//>`;
}
