// How it looks: light, dark or as the system says. It belongs to this browser and takes effect at once.

import { html } from '/vendor/preact.js';
import { prefs, savePref, theme } from '../../store.js';
import { Card, Check, Radio, toast } from '../../ui/index.js';

const THEMES = [{ value: 'system', label: 'As the system' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }];

export default function Appearance() {
  const keys = prefs.value.single_keys !== false;
  const setKeys = (/** @type {boolean} */ on) => savePref('single_keys', on)
    .catch((error) => toast(`This could not be saved: ${error.detail || error.message}`, { kind: 'bad' }));
  return html`<div class="settings-pair">
    <${Card} title="Theme"><div class="stack">
      <${Radio} segmented label="Theme" value=${theme.value} options=${THEMES} onInput=${(/** @type {any} */ value) => { theme.value = value; }} />
      <p class="muted small">Kept in this browser. Motion and contrast follow the settings of your system.</p>
    </div><//>
    <${Card} title="Keyboard"><div class="stack">
      <${Check} checked=${keys} label="Single keys as shortcuts" hint="/ searches, ? shows the keys, n starts a run. Ctrl K always goes anywhere." onInput=${setKeys} />
    </div><//>
  </div>`;
}
