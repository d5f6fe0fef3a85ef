// THE table of pages: address, module, style sheet below css/pages/, item of the rail, title until the page says its own.
// `:name` is one part, `:name?` one that may be missing, `*` the rest. The first row that fits is taken.

/**
 * @typedef {{ path: string, page: () => Promise<{ default: any }>, css?: string, rail?: string, title: string,
 *             open?: boolean }} Row open: for people who have not signed in
 */

/** @type {Row[]} */
export const routes = [
  { path: '/', page: () => import('./pages/home.js'), css: 'home', rail: 'home', title: 'Home' },
  { path: '/signin', page: () => import('./pages/signin.js'), css: 'signin', title: 'Sign in', open: true },
  { path: '/projects', page: () => import('./pages/projects.js'), css: 'projects', rail: 'projects', title: 'Projects' },
  { path: '/projects/:id/:tab?', page: () => import('./pages/project.js'), css: 'project', rail: 'projects', title: 'Project' },
  { path: '/structures/:id', page: () => import('./pages/structure.js'), css: 'structure', rail: 'projects', title: 'Structure' },
  { path: '/modules', page: () => import('./pages/modules.js'), css: 'modules', rail: 'modules', title: 'Modules' },
  { path: '/modules/*', page: () => import('./pages/module.js'), css: 'modules', rail: 'modules', title: 'Module' },
  { path: '/templates', page: () => import('./pages/templates.js'), css: 'templates', rail: 'templates', title: 'Templates' },
  { path: '/templates/:id', page: () => import('./pages/template.js'), css: 'templates', rail: 'templates', title: 'Template' },
  { path: '/new/:template?', page: () => import('./pages/new.js'), css: 'new', rail: 'templates', title: 'New run' },
  { path: '/runs', page: () => import('./pages/runs.js'), css: 'runs', rail: 'runs', title: 'Runs' },
  { path: '/runs/:id/:tab?', page: () => import('./pages/run.js'), css: 'run', rail: 'runs', title: 'Run' },
  { path: '/compare', page: () => import('./pages/compare.js'), css: 'compare', rail: 'runs', title: 'Compare runs' },
  { path: '/files', page: () => import('./pages/files.js'), rail: 'projects', title: 'Files' },
  { path: '/settings/:tab?', page: () => import('./pages/settings.js'), css: 'settings', title: 'Settings' },
  { path: '/help/*', page: () => import('./pages/help.js'), css: 'help', title: 'Help' },
];

/** What every other address shows. @type {Row} */
export const notFound = { path: '*', page: () => import('./pages/notfound.js'), title: 'Not found' };
