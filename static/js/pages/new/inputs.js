// The input files this form would write for the engine, to read and to copy.

import { html, useEffect, useState } from '/vendor/preact.js';
import { post } from '../../api.js';
import { Code, Dialog, Problem, Radio, Skeleton } from '../../ui/index.js';

/** @param {{ template: string, body: any, onClose: () => void }} props */
export function InputFiles({ template, body, onClose }) {
  const [state, setState] = useState(/** @type {{ files?: any[], error?: any }} */ ({}));
  const [chosen, setChosen] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    post(`/templates/${template}/render`, body, { signal: abort.signal }).then(
      ({ data }) => setState({ files: data.files }),
      (error) => !abort.signal.aborted && setState({ error }),
    );
    return () => abort.abort();
  }, []);
  const { files, error } = state;
  const file = files?.find((f) => f.name === chosen) ?? files?.[0];
  return html`<${Dialog} open wide title="Input files" onClose=${onClose}>
    <div class="stack">
      ${error ? html`<${Problem} error=${error} title="The input files cannot be written yet" />` : !files ? html`<${Skeleton} lines=${10} />`
    : !file ? html`<p>This template writes its input while it runs, from the parameters and the structure; there is no file to show before.</p>`
      : html`${files.length > 1 && html`<${Radio} segmented label="File" value=${file.name} options=${files.map((f) => ({ value: f.name, label: f.label || f.name }))} onInput=${setChosen} />`}
        <p class="muted small"><span class="mono">${file.name}</span>, as the run will get it</p><${Code} text=${file.text} label=${file.name} />`}
    </div><//>`;
}
