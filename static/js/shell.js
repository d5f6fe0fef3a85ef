// The frame around every page of somebody signed in: rail, top bar with the project as context, account menu, state of
// the connection, palette, key help, banners and toasts. It knows where one is from the router and from what the page's
// frame (ui/page.js) says; it never knows what a page is about.

import { html, useEffect, useState } from '/vendor/preact.js';
import { get } from './api.js';
import { bytes } from './fmt.js';
import { connection } from './live.js';
import { go, location } from './router.js';
import { currentProject, paletteShown } from './shell/context.js';
import { KeysHelp, keysShown, listenForKeys, useKeys } from './shell/keys.js';
import { session, theme } from './store.js';
import { Banners, Button, ConfirmHost, Icon, Menu, Meter, place, ToastHost, Tooltip } from './ui/index.js';

const RAIL = [
  { id: 'home', label: 'Home', icon: 'home', href: '/' },
  { id: 'projects', label: 'Projects', icon: 'projects', href: '/projects' },
  { id: 'modules', label: 'Modules', icon: 'modules', href: '/modules' },
  { id: 'templates', label: 'Templates', icon: 'templates', href: '/templates' },
  { id: 'runs', label: 'Runs', icon: 'runs', href: '/runs' },
];
// Below this share of a person's storage nobody needs to think of it.
const STORAGE_MATTERS = 0.75;
const PALETTE_AFTER_MS = 1000;

/** @param {{ children?: any, onSignOut: () => void }} props */
export function Shell({ children, onSignOut }) {
  useShellKeys();
  return html`<a class="skip" href="#main">Skip to the content</a>
    <div class="shell">
      <${Rail} />
      <${Bar} onSignOut=${onSignOut} />
      <${Banners} />
      <main id="main" tabIndex=${-1}>${children}</main>
    </div>
    <${LatePalette} onSignOut=${onSignOut} showKeys=${showKeys} /><${KeysHelp} /><${ConfirmHost} /><${ToastHost} />`;
}

/** The palette comes when the first page is there, or with the first Ctrl-K if that is earlier. */
function LatePalette(/** @type {{ onSignOut: () => void, showKeys: () => void }} */ props) {
  const [Palette, setPalette] = useState(/** @type {any} */ (null));
  const wanted = paletteShown.value;
  useEffect(() => {
    const load = () => import('./shell/palette.js').then((module) => setPalette(() => module.Palette), () => undefined);
    const timer = window.setTimeout(load, wanted ? 0 : PALETTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return Palette ? html`<${Palette} ...${props} />` : null;
}

function showKeys() {
  keysShown.value = true;
}

function openPalette() {
  paletteShown.value = true;
}

function focusSearch() {
  const box = /** @type {HTMLInputElement | undefined} */ ([...document.querySelectorAll('main input[type=search]')].find((e) => /** @type {HTMLElement} */ (e).offsetParent));
  if (box) box.select(), box.focus();
  else openPalette();
}

function useShellKeys() {
  useKeys('Everywhere', [
    { keys: 'Ctrl+K', text: 'Go to anything' },
    { keys: '/', text: 'Search this page', run: focusSearch },
    { keys: '?', text: 'These keys', run: showKeys },
    { keys: 'n', text: 'New run', run: () => go('/templates') },
    ...RAIL.map((item) => ({ keys: `g ${item.id[0]}`, text: item.label, run: () => go(item.href) })),
  ]);
  useEffect(() => {
    const stop = listenForKeys();
    const always = (/** @type {KeyboardEvent} */ event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      paletteShown.value = !paletteShown.value;
    };
    document.addEventListener('keydown', always);
    return () => {
      stop();
      document.removeEventListener('keydown', always);
    };
  }, []);
}

function Rail() {
  const here = location.value.row?.rail ?? location.value.path.split('/')[1];
  const item = (/** @type {{ id: string, label: string, icon: string, href: string }} */ { id, label, icon, href }, /** @type {string} */ extra = '') => html`<a key=${id} href=${href} class=${extra}
    aria-current=${here === id ? (location.value.path === href ? 'page' : 'true') : undefined}><${Icon} name=${icon} />
      <span>${label}</span></a>`;
  return html`<nav class="rail" aria-label="Main">
    <a class="brand" href="/" aria-label="Athanor, home" tabIndex=${-1}><img src="/favicon.svg" alt="" width="30" height="30" /></a>
    ${RAIL.map((row) => item(row))}
    <span class="fill"></span>
    ${item({ id: 'help', label: 'Help', icon: 'book', href: '/help' }, 'foot-item')}
  </nav>`;
}

function Bar(/** @type {{ onSignOut: () => void }} */ { onSignOut }) {
  return html`<header class="bar">
    <${Crumbs} />
    <button type="button" class="finder" aria-keyshortcuts="Control+K" onClick=${openPalette}><${Icon} name="search" />
      <span>Go to or do…</span><kbd>Ctrl K</kbd></button>
    <div class="bar-tools">
      <${Storage} /><${Uploads} /><${Connection} /><${Account} onSignOut=${onSignOut} />
    </div>
  </header>`;
}

/** Where one is. It begins with the project one works in, or with all of them, and the way to another. */
function Crumbs() {
  const { crumbs, title } = place.value;
  const project = currentProject();
  const at = crumbs.findIndex((crumb) => /^\/projects\/prj_[^/]*$/.test(crumb.href ?? ''));
  const way = at >= 0 ? crumbs.slice(at) : [{ label: 'All projects', href: '/projects' }, ...crumbs.filter((crumb) => crumb.href !== '/projects')];
  const here = location.value.path === '/projects' ? '' : title;
  return html`<nav class="crumbs" aria-label="Where you are"><ol class="crumb-list">
    ${way.map((crumb, i) => html`<li key=${crumb.href ?? crumb.label}
      class=${i === 0 ? 'project' : undefined}>${crumb.href ? html`<a
      href=${crumb.href}>${crumb.label}</a>` : html`<span>${crumb.label}</span>`}
      ${i === 0 && html`<${ProjectSwitch} current=${project} />`}</li>`)}
    ${here && html`<li key="here" aria-current="page"><span title=${here}>${here}</span></li>`}</ol></nav>`;
}

function ProjectSwitch(/** @type {{ current: string | null }} */ { current }) {
  const [items, setItems] = useState(/** @type {any[] | null} */ (null));
  const load = () => get('/projects', { query: { limit: 100 } }).then((r) => setItems(r.data.items), () => setItems([]));
  const rows = items
    ? [...items.map((p) => ({ label: p.name, checked: p.id === current, href: `/projects/${p.id}` })), { line: true }, { label: 'All projects', icon: 'projects', href: '/projects' }]
    : [{ note: 'Reading your projects…' }, { label: 'All projects', icon: 'projects', href: '/projects' }];
  return html`<${Menu} label="Switch project" icon="down" kind="quiet" size="small" items=${rows} onOpen=${load} />`;
}

function Storage() {
  const storage = session.value?.account?.storage;
  if (!storage?.limit_bytes) return null;
  const used = (storage.used_bytes ?? 0) + (storage.reserved_bytes ?? 0);
  if (used / storage.limit_bytes < STORAGE_MATTERS) return null;
  return html`<div class="only-wide">
    <${Meter} label="Your storage" value=${used} max=${storage.limit_bytes} text=${`${bytes(storage.limit_bytes - used)} free`} /></div>`;
}

/** The tray of running uploads, loaded when it is there: the first page does not pay for it. */
function Uploads() {
  const [Tray, setTray] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let wanted = true;
    import('./upload/tray.js').then((module) => wanted && setTray(() => module.Tray), () => undefined);
    return () => {
      wanted = false;
    };
  }, []);
  return Tray ? html`<${Tray} />` : null;
}

const CONNECTION = {
  live: { icon: 'online', word: '', text: 'Live: changes appear by themselves' },
  polling: { icon: 'refresh', word: 'Every few seconds', text: 'No live connection; the page asks again every few seconds' },
  offline: { icon: 'offline', word: 'Offline', text: 'The server is not reached; what you see may be old' },
};

function Connection() {
  const state = connection.value;
  const { icon, word, text } = CONNECTION[/** @type {keyof typeof CONNECTION} */ (state)] ?? CONNECTION.polling;
  return html`<${Tooltip} text=${text}><span class="connection" data-state=${state}>
    <${Icon} name=${icon} label=${text} />${word && html`<span class="only-wide">${word}</span>`}</span><//>`;
}

function Account(/** @type {{ onSignOut: () => void }} */ { onSignOut }) {
  const account = session.value?.account;
  if (!account) return null;
  const name = account.display_name || account.login;
  const letters = name.split(/\s+/).map((/** @type {string} */ w) => w[0]).slice(0, 2).join('').toUpperCase();
  const choose = (/** @type {'system' | 'light' | 'dark'} */ value) => () => {
    theme.value = value;
  };
  const items = [
    { note: html`<strong>${name}</strong><br />${account.login}${account.role === 'admin' ? ', administrator' : ''}` }, { line: true },
    { label: 'Settings', icon: 'settings', href: '/settings' }, { label: 'User guide', icon: 'book', href: '/help' }, { label: 'Keyboard', icon: 'keyboard', onClick: showKeys }, { line: true },
    { label: 'Like the system', checked: theme.value === 'system', onClick: choose('system') }, { label: 'Light', checked: theme.value === 'light', onClick: choose('light') },
    { label: 'Dark', checked: theme.value === 'dark', onClick: choose('dark') }, { line: true },
    { label: 'Sign out', icon: 'sign-out', onClick: onSignOut },
  ];
  return html`<div class="account"><${Menu} label=${`Account of ${name}`} kind="quiet" align="end" items=${items}>
    <span class="avatar" data-letters=${letters}></span><//></div>`;
}
