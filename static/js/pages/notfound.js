// An address that names no page.

import { html } from '/vendor/preact.js';
import { location, useTitle } from '../router.js';
import { Button, Empty, Page as Frame } from '../ui/index.js';

export default function Page() {
  useTitle('Not found');
  return html`<${Frame} title="There is nothing at this address">
    <${Empty} icon="search" title="Nothing here" actions=${html`<${Button} kind="primary" href="/">Home<//><${Button} href="/runs">All runs<//>`}>
      <p><span class="mono">${location.value.path}</span> is not a page of Athanor. The link may be cut off, or what it named may have been deleted.</p>
    <//><//>`;
}
