// One file beside the list: a structure in 3D, a picture, a text's beginning, and its facts. What cannot be shown says why.

import { html, useEffect, useState } from '/vendor/preact.js';
import { raw, useApi } from '../../../api.js';
import { bytes } from '../../../fmt.js';
import { Button, Card, Code, Copy, Facts, Notice, Problem, Skeleton, Time } from '../../../ui/index.js';
import { contentHref } from './api.js';

const TEXT_MAX = 100_000;
const PICTURE_MAX = 20_000_000;
/** @type {Record<string, string>} types we name ourselves: a stored file is never shown as a page */
const PICTURES = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

/** @param {string} name */
const ending = (name) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/** @param {import('./api.js').FileRow} file @param {boolean} wanted */
function useContent(file, wanted) {
  const [state, setState] = useState(/** @type {{ text?: string, url?: string, cut?: boolean, binary?: boolean, error?: any }} */ ({}));
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    const picture = PICTURES[ending(file.name)];
    let url = '';
    const read = async () => {
      const most = picture ? PICTURE_MAX : TEXT_MAX;
      const reply = await raw(`/files/${file.id}/content`, { headers: file.bytes > most ? { Range: `bytes=0-${most - 1}` } : {}, signal: abort.signal });
      const content = new Uint8Array(await reply.arrayBuffer());
      if (picture && file.bytes <= most) {
        url = URL.createObjectURL(new Blob([content], { type: picture }));
        setState({ url });
      } else if (content.subarray(0, 4096).includes(0)) setState({ binary: true });
      else setState({ text: new TextDecoder().decode(content), cut: file.bytes > most });
    };
    read().catch((error) => !abort.signal.aborted && setState({ error }));
    return () => {
      abort.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [file.id, wanted]);
  return state;
}

/** @param {{ id: string }} props */
function InSpace({ id }) {
  const structure = useApi(`/structures/${id}`).data;
  const [part, setPart] = useState(/** @type {{ View?: any, failed?: boolean }} */ ({}));
  useEffect(() => {
    import('../../../chem/structure.js').then((module) => setPart({ View: module.StructureView }), () => setPart({ failed: true }));
  }, []);
  if (part.failed) return html`<${Notice} kind="warn" title="The viewer could not be loaded">The file can be downloaded.<//>`;
  return part.View && structure ? html`<${part.View} structure=${structure} height=${300} sequence=${false} compact />` : html`<${Skeleton} height=${300} />`;
}

/** @param {{ file: import('./api.js').FileRow, onClose: () => void }} props */
export function Preview({ file, onClose }) {
  const is3d = file.structure_id && file.structure_state === 'ready';
  const [asText, setAsText] = useState(!is3d);
  const content = useContent(file, asText);
  const shown = !asText ? html`<${InSpace} id=${/** @type {string} */ (file.structure_id)} />`
    : content.error ? html`<${Problem} error=${content.error} />`
      : content.binary ? html`<${Notice} title="Not a text">This file is in a binary format. Download it to open it in its program.<//>`
        : content.url ? html`<img class="preview-image" src=${content.url} alt=${file.name} />`
          : content.text === undefined ? html`<${Skeleton} lines=${8} />`
            : html`<${Code} text=${content.text} label=${`Content of ${file.name}`} />${content.cut && html`<p class="muted small">The first ${bytes(TEXT_MAX)} of ${bytes(file.bytes)}.</p>`}`;
  const facts = [
    ['Size', bytes(file.bytes)], ['Folder', file.folder], ['Added', html`<${Time} at=${file.created_at} /> by ${file.created_by_login}`],
    ['SHA-256', html`<${Copy} text=${file.sha256} label="Copy the checksum" />`],
  ];
  return html`<${Card} class="file-preview" title=${html`<span class="wrap-anywhere">${file.name}</span>`} actions=${html`<${Button} kind="quiet" icon="close" label="Close the preview" onClick=${onClose} />`}>
    <div class="stack"><div class="row"><${Button} size="small" icon="download" href=${contentHref(file)} download=${file.name}>Download<//>
      ${file.structure_id && html`<${Button} size="small" icon="structure" href=${`/structures/${file.structure_id}`}>Structure page<//>`}
      ${is3d && html`<${Button} size="small" kind="quiet" onClick=${() => setAsText(!asText)}>${asText ? 'Show in 3D' : 'Show as text'}<//>`}</div>
    ${shown}<${Facts} items=${/** @type {any} */ (facts)} /></div><//>`;
}
