// The runs of a project: the same list as everywhere, without its project column.

import { html } from '/vendor/preact.js';
import { location } from '../../router.js';
import { RunsView } from '../runs/view.js';

/** @param {{ project: { id: string } }} props */
export default function ProjectRuns({ project }) {
  return html`<${RunsView} query=${location.value.query} own=${project.id} base=${`/projects/${project.id}`} />`;
}
