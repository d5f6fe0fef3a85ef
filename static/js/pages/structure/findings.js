// What the checks found in a structure, in words: grouped by how much it matters, each with its reason and its places.

import { html, useState } from '/vendor/preact.js';
import { placesOf } from '../../chem/words.js';
import { Button, Card, Icon } from '../../ui/index.js';

/** @typedef {import('../../chem/structure.js').Finding} Finding */

const LEVELS = [
  { level: 'error', icon: 'alert', title: 'Must be fixed' },
  { level: 'warning', icon: 'warning', title: 'Worth a look' },
  { level: 'info', icon: 'info', title: 'Good to know' },
];
const FIRST = 12;

/** "A:6-A:127" as people write it: "A 6 – A 127". @param {string} where */
const placeLabel = (where) => placesOf(where).map((p) => `${p.chain ?? ''} ${p.number}${p.insert ?? ''}`.trim()).join(' – ') || where;

/** @param {{ finding: Finding, onPlace?: (where: string) => void }} props */
function One({ finding, onPlace }) {
  const [all, setAll] = useState(false);
  const shown = all ? finding.where : finding.where.slice(0, FIRST);
  return html`<li><p class="what">${finding.text}</p>${finding.why && html`<p class="why">${finding.why}</p>`}
    ${shown.length > 0 && html`<div class="places row" role="group" aria-label="Where">${shown.map((w) => (onPlace
      ? html`<button key=${w} type="button" class="chip" title="Show in 3D" onClick=${() => onPlace(w)}>${placeLabel(w)}</button>`
      : html`<span key=${w} class="chip">${placeLabel(w)}</span>`))}
      ${finding.where.length > shown.length && html`<${Button} kind="quiet" size="small" onClick=${() => setAll(true)}>
        ${finding.where.length - shown.length} more<//>`}</div>`}</li>`;
}

/**
 * @param {{ findings: Finding[], onPlace?: (where: string) => void }} props `onPlace`: looks at a place in 3D
 */
export function Findings({ findings, onPlace }) {
  const groups = LEVELS.map((l) => ({ ...l, found: findings.filter((f) => f.level === l.level) })).filter((g) => g.found.length);
  return html`<${Card} title="Checks" class="findings">
    ${!groups.length && html`<p class="row"><${Icon} name="finished" class="good" /> Nothing found: the file is whole and every part of it was recognised.</p>`}
    ${groups.map((g) => html`<section key=${g.level} data-level=${g.level}><h3><${Icon} name=${g.icon} />${g.title}</h3>
      <ul>${g.found.map((f) => html`<${One} key=${f.code} finding=${f} onPlace=${onPlace} />`)}</ul></section>`)}
  <//>`;
}
