// /files?project= is the files tab of that project; without a project, the list to choose one from.

import { useEffect } from '/vendor/preact.js';
import { go } from '../router.js';

/** @param {{ query: URLSearchParams }} props */
export default function Page({ query }) {
  const project = query.get('project');
  useEffect(() => {
    go(project ? `/projects/${encodeURIComponent(project)}/files` : '/projects', { replace: true });
  }, [project]);
  return null;
}
