// The plain page: sign in, see projects and runs. One poller keeps both lists fresh: it rests while the page is hidden,
// and waits longer after each failure.

import * as api from './api.js';

const POLL_MS = 5000;
const POLL_MAX_MS = 60000;

const $ = (selector) => document.querySelector(selector);
let poll = null; // { timer, abort, wait } while signed in

function notice(text) {
  $('#notice').textContent = text ?? '';
  $('#notice').hidden = !text;
}

function cell(content, className) {
  const td = document.createElement('td');
  if (className) td.className = className;
  td.append(content);
  return td;
}

function bytes(n) {
  if (n === null || n === undefined) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = n < 1 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1);
  return `${(n / 1000 ** power).toPrecision(3)}\u2009${units[power]}`;
}

function time(iso) {
  const element = document.createElement('time');
  element.dateTime = iso;
  element.textContent = new Date(iso).toLocaleString();
  return element;
}

function stateCell(run) {
  const shown = run.unknown_since ? 'unknown' : run.state;
  const span = document.createElement('span');
  span.className = `state state-${shown}`;
  span.textContent = run.unknown_since ? `${run.state} (unknown since ${new Date(run.unknown_since).toLocaleTimeString()})` : run.state;
  if (run.reason) span.title = run.reason;
  return cell(span);
}

function fill(section, items, row) {
  const rows = items.map((item) => {
    const tr = document.createElement('tr');
    tr.append(...row(item));
    return tr;
  });
  $(`${section} tbody`).replaceChildren(...rows);
  $(`${section} table`).hidden = items.length === 0;
  $(`${section} .empty`).hidden = items.length !== 0;
}

const projectRow = (p) => [
  cell(p.name),
  cell(p.role),
  cell(String(p.active_runs), 'number'),
  cell(`${bytes(p.storage.used_bytes)} of ${bytes(p.storage.limit_bytes)}`, 'number'),
];

const runRow = (r) => [
  cell(r.name),
  cell(r.template?.id ?? r.template ?? ''),
  stateCell(r),
  cell(r.progress?.fraction === undefined || r.progress?.fraction === null ? '' : `${Math.round(r.progress.fraction * 100)}\u2009%`, 'number'),
  cell(time(r.created_at)),
];

async function refresh(signal) {
  const [projects, runs] = await Promise.all([api.projects({ signal }), api.runs({ signal })]);
  fill('#projects', projects.items, projectRow);
  fill('#runs', runs.items, runRow);
}

async function pollOnce() {
  const mine = poll;
  if (!mine || document.hidden) return;
  clearTimeout(mine.timer);
  mine.abort?.abort();
  mine.abort = new AbortController();
  const { signal } = mine.abort;
  try {
    await refresh(signal);
    mine.wait = POLL_MS;
    notice(null);
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) {
      showSignIn('Your session has ended. Please sign in again.');
      return;
    }
    mine.wait = Math.min(mine.wait * 2, POLL_MAX_MS);
    notice(`The lists could not be refreshed: ${error.message} Trying again.`);
  }
  if (poll === mine) mine.timer = setTimeout(pollOnce, mine.wait);
}

function showSignIn(text) {
  clearTimeout(poll?.timer);
  poll?.abort?.abort();
  poll = null;
  $('#who').textContent = '';
  $('#sign-out').hidden = true;
  $('#projects').hidden = true;
  $('#runs').hidden = true;
  $('#sign-in').hidden = false;
  notice(text);
  $('#sign-in input').focus();
}

function showLists(account) {
  $('#who').textContent = account.display_name || account.login;
  $('#sign-out').hidden = false;
  $('#sign-in').hidden = true;
  $('#projects').hidden = false;
  $('#runs').hidden = false;
  poll = { timer: null, abort: null, wait: POLL_MS };
  pollOnce();
}

$('#sign-in form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector('button');
  button.disabled = true;
  notice(null);
  try {
    const account = await api.signIn(form.login.value, form.password.value);
    form.reset();
    showLists(account);
  } catch (error) {
    notice(error.message);
  } finally {
    button.disabled = false;
  }
});

$('#sign-out').addEventListener('click', async () => {
  try {
    await api.signOut();
    showSignIn(null);
  } catch (error) {
    notice(`Signing out failed: ${error.message}`);
  }
});

document.addEventListener('visibilitychange', pollOnce);

try {
  const account = await api.whoAmI();
  if (account) showLists(account);
  else showSignIn(null);
} catch (error) {
  notice(`The portal does not answer: ${error.message}`);
}
