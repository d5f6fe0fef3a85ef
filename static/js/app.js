// Start-up. Asks who is signed in, then shows the page the address names: inside the shell for people who are signed in,
// alone otherwise. A page is a module and a style sheet, both loaded when first needed; the page before stays until then.
// What a page throws ends that page alone, with the facts support asks for. Everything that can come later does: what is
// imported here is what somebody waits for before the sign-in.

import { Component, html, render, signal, useEffect, useRef } from '/vendor/preact.js';
import { ApiError } from './api.js';
import { liveStop } from './live.js';
import { go, location } from './router.js';
import { onLeave, sessionAsk, signOut } from './session.js';
import { sheetLoad } from './sheets.js';
import { expired, session } from './store.js';
import { Button } from './ui/button.js';
import { Notice, Problem } from './ui/card.js';
import { ConfirmHost } from './ui/dialog.js';
import { Page } from './ui/page.js';
import { announce, ToastHost } from './ui/toast.js';

const SLOW_MS = 250;
const RETRY_MS = 3000;
const AWAY_MS = 60000;

/** @typedef {import('./router.js').Location} Location */
/** @typedef {{ view: any, at: Location }} Shown */

const shown = signal(/** @type {Shown | null} */ (null));
const slow = signal(false);
const startError = signal(/** @type {unknown} */ (null));
/** The shell, and the dialog of an ended session, once they are loaded. */
const Frame = signal(/** @type {any} */ (null));
const Dialog = signal(/** @type {any} */ (null));

async function frameLoad() {
  if (Frame.peek()) return;
  const [{ Shell }] = await Promise.all([import('./shell.js'), sheetLoad('/css/shell.css')]);
  Frame.value = Shell;
}
expired.subscribe(async (is) => {
  if (is && !Dialog.peek()) Dialog.value = (await import('./sessiondialog.js')).SessionDialog;
});

/** @param {unknown} error @param {Location} at */
const Broken = (error, at) => () => html`<${PageError} error=${error} at=${at} />`;

/** Loads what `at` needs and shows it, unless the reader has gone on meanwhile. @param {Location} at */
async function showPage(at) {
  const timer = setTimeout(() => {
    slow.value = true;
  }, SLOW_MS);
  const css = at.row.css ? sheetLoad(`/css/pages/${at.row.css}.css`) : undefined;
  const frame = session.peek() ? frameLoad() : undefined;
  const view = await at.row.page().then((module) => module.default, (error) => Broken(error, at));
  await css;
  await frame?.catch((error) => console.error(error)); // without its frame a page still works
  clearTimeout(timer);
  if (location.peek().row !== at.row) return;
  slow.value = false;
  shown.value = { view, at: location.peek() };
}

/** @param {{ error: any, at: Location, retry?: () => void }} props */
function PageError({ error, at, retry }) {
  const facts = {
    title: 'This page could not be shown',
    detail: error instanceof ApiError ? error.detail : String(error?.message ?? error),
    hint: 'The rest of the application works on. Reload; if it happens again, send the copied details to your administrator.',
    requestId: error?.requestId ?? null,
    code: error?.stack?.split('\n')[1]?.trim() ?? null,
  };
  return html`<${Page} title=${facts.title}><${Problem} error=${facts} title=${at.path} />
    <div class="row">${retry && html`<${Button} kind="primary" onClick=${retry}>Try again<//>`}
    <${Button} onClick=${() => window.location.reload()}>Reload<//><${Button} href="/">Home<//></div><//>`;
}

/** Keeps an error of one page inside that page. */
class Boundary extends Component {
  constructor(/** @type {any} */ props) {
    super(props);
    this.state = { error: null };
  }

  static getDerivedStateFromError(/** @type {unknown} */ error) {
    return { error };
  }

  componentDidCatch(/** @type {unknown} */ error) {
    console.error(error);
  }

  render() {
    const { error } = /** @type {any} */ (this.state);
    const { at, children } = /** @type {any} */ (this.props);
    return error ? html`<${PageError} error=${error} at=${at} retry=${() => this.setState({ error: null })} />` : children;
  }
}

/** The page, and the focus that goes to its heading when the page is another one. */
function Current() {
  const page = /** @type {Shown} */ (shown.value);
  // While the next page loads this one is drawn once more: at the address it had last, not the one it began with.
  if (location.value.row === page.at.row) page.at = location.value;
  const now = page.at;
  // Another object of the same kind is another page: nothing of the first one's state belongs to it.
  const key = `${now.row.path} ${now.params.id ?? now.params.template ?? now.params.rest ?? ''}`;
  const first = useRef(true);
  useEffect(() => {
    document.title = `${now.row.title} · Athanor`;
    if (!first.current) {
      const target = /** @type {HTMLElement | null} */ (document.querySelector('main h1') ?? document.querySelector('main'));
      target?.focus({ preventScroll: true });
      announce(now.row.title);
    }
    first.current = false;
  }, [key]);
  return html`<${Boundary} key=${key} at=${now}><${page.view} params=${now.params} query=${now.query} /><//>`;
}

function App() {
  if (startError.value) {
    return html`<main class="plain"><${Notice} kind="bad" title="The server was not reached" live>Trying again by itself.<//></main>`;
  }
  if (!shown.value || session.value === undefined) return null;
  const alone = shown.value.at.row.open || !session.value || !Frame.value;
  return html`${slow.value && html`<div class="loading-bar" role="progressbar" aria-label="Loading the page"></div>`}
    ${alone
    ? html`<main id="main" tabindex="-1"><${Current} /></main><${ConfirmHost} /><${ToastHost} />`
    : html`<${Frame.value} onSignOut=${signOut}><${Current} /><//>`}
    ${expired.value && Dialog.value && html`<${Dialog.value} />`}`;
}

/** Where somebody who has not signed in is sent, and comes back from. @param {Location} at */
function gate(at) {
  if (session.peek() === undefined) return false;
  if (!session.peek() && !at.row.open) {
    const to = `${at.path}${at.query.size ? `?${at.query}` : ''}${at.hash}`;
    go(to === '/' ? '/signin' : `/signin?to=${encodeURIComponent(to)}`, { replace: true });
    return false;
  }
  return true;
}

async function start() {
  try {
    await sessionAsk();
    startError.value = null;
  } catch (error) {
    startError.value = error;
    setTimeout(start, RETRY_MS);
  }
}

document.documentElement.dataset.started = '';
onLeave(liveStop);
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById('root')));

let asked = /** @type {import('./routes.js').Row | null} */ (null);
/** Follows the address and the session. */
function follow() {
  const at = location.peek();
  if (!gate(at) || at.row === asked) return;
  asked = at.row;
  showPage(at);
}
location.subscribe(follow);
session.subscribe(follow);

// A tab that comes back after hours learns of an ended session before the next click.
let away = 0;
document.addEventListener('visibilitychange', () => {
  if (document.hidden) away = Date.now();
  else if (away && Date.now() - away > AWAY_MS && session.peek()) sessionAsk().catch(() => {});
});

await start();
(await import('./health.js')).healthWatch();
