// The one connection for events of a whole browser. Each tab says which topics it wants; the stream carries the union,
// and every tab gets every event and picks its own. It is opened when the first topic is wanted and closed with the last.
//
// The browser repeats a broken stream by itself and sends Last-Event-ID; where the stream must be made anew (other
// topics, a refusal), the last id goes in the address, so nothing is missed either way. Beyond the server's limit of
// topics the rest is not carried; the pages that want them read again now and then.

const TOPICS_MAX = 16;
const PING_MS = 20000;
const SILENT_MS = 70000;
const REOPEN_MS = 250;
const RETRY_MIN_MS = 2000;
const RETRY_MAX_MS = 60000;
const EVENTS = ['run', 'progress', 'resync', 'ready'];

/** @typedef {{ port: MessagePort, topics: string[], seen: number }} Tab */

/** @type {Set<Tab>} */
const tabs = new Set();
/** @type {string | null} */
let account = null;
/** @type {EventSource | null} */
let source = null;
let streamed = ''; // the topics the stream carries
let lastId = '';
let retryMs = RETRY_MIN_MS;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {object} message */
function tellAll(message) {
  for (const { port } of tabs) port.postMessage(message);
}

/** @returns {string} */
function wanted() {
  // `mine` is each tab's first, so it is never among what is left out.
  return [...new Set([...tabs].flatMap((tab) => tab.topics))].slice(0, TOPICS_MAX).sort().join(',');
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
  streamed = '';
}

/** @param {number} ms */
function openIn(ms) {
  clearTimeout(timer);
  timer = setTimeout(open, ms);
}

/** A stream the server refused tells no reason: asking for the session does. */
async function refused() {
  tellAll({ type: 'state', streaming: false });
  source = null;
  streamed = '';
  const reply = await fetch('/api/v1/session', { cache: 'no-store' }).catch(() => null);
  if (reply?.status === 401) {
    tellAll({ type: 'state', streaming: false, unauthorized: true });
    return;
  }
  openIn(retryMs * (0.75 + Math.random() / 2));
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
}

function open() {
  const topics = wanted();
  if (source && topics === streamed) return;
  close();
  if (!topics || !account) {
    tellAll({ type: 'state', streaming: false });
    return;
  }
  streamed = topics;
  const query = new URLSearchParams({ topics, ...(lastId && { last_event_id: lastId }) });
  const mine = new EventSource(`/api/v1/events?${query}`);
  source = mine;
  mine.addEventListener('open', () => {
    retryMs = RETRY_MIN_MS;
    tellAll({ type: 'state', streaming: true });
  });
  mine.addEventListener('error', () => {
    if (source !== mine) return;
    if (mine.readyState === EventSource.CLOSED) refused();
    else tellAll({ type: 'state', streaming: false });
  });
  for (const name of EVENTS) {
    mine.addEventListener(name, (event) => {
      if (event.lastEventId) lastId = event.lastEventId;
      if (name === 'ready') return;
      tellAll({ type: 'event', event: { ...JSON.parse(event.data), type: name } });
    });
  }
}

/** @param {Tab} tab @param {any} data */
function hear(tab, data) {
  tab.seen = Date.now();
  if (data.type === 'bye') {
    tabs.delete(tab);
  } else if (data.type === 'topics') {
    tabs.add(tab);
    tab.topics = data.topics;
    if (data.account !== account) {
      account = data.account;
      lastId = '';
      close();
    }
    tab.port.postMessage({ type: 'state', streaming: source?.readyState === EventSource.OPEN });
  }
  if (wanted() !== streamed) openIn(REOPEN_MS);
}

setInterval(() => {
  for (const tab of [...tabs]) {
    if (Date.now() - tab.seen > SILENT_MS) tabs.delete(tab);
    else tab.port.postMessage({ type: 'ping' });
  }
  if (wanted() !== streamed) openIn(REOPEN_MS);
}, PING_MS);

self.addEventListener('connect', (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  /** @type {Tab} */
  const tab = { port, topics: [], seen: Date.now() };
  tabs.add(tab);
  port.addEventListener('message', ({ data }) => hear(tab, data));
  port.start();
});
