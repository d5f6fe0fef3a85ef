// The runs of a project: the same list as everywhere, without its project column.

import { html } from '/vendor/preact.js';
import { location } from '../../router.js';
import { RunsView } from '../runs/view.js';

/** @param {{ project: { id: string, role: string | null, archived_at: string | null } }} props */
export default function ProjectRuns({ project }) {
  const mayLaunch = project.role !== 'viewer' && !project.archived_at;
  return html`<${RunsView} query=${location.value.query} own=${project.id} base=${`/projects/${project.id}`} mayLaunch=${mayLaunch} />`;
}
