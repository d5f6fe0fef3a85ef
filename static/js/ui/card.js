// Surfaces and what fills them when there is nothing, not yet, or something wrong: cards, facts, empty states, notices,
// problems of the API in words, skeletons.

import { html, useRef, useState } from '/vendor/preact.js';
import { Button } from './button.js';
import { copyText } from './clipboard.js';
import { useId } from './field.js';
import { Icon } from './icon.js';

/** @param {{ title?: any, actions?: any, children?: any, flush?: boolean, class?: string, level?: 2 | 3 }} props `flush`: no padding, for tables and lists */
export function Card({ title, actions, children, flush, class: extra, level = 2 }) {
  const id = useId('card');
  const classes = ['card', flush && 'flush', extra].filter(Boolean).join(' ');
  const heading = typeof title === 'string' || title ? html`<${`h${level}`} id=${id}>${title}<//>` : null;
  return html`<section class=${classes} aria-labelledby=${title ? id : undefined}>
    ${(heading || actions) && html`<header>${heading}${actions && html`<div class="row">${actions}</div>`}</header>`}
    <div class="body">${children}</div>
  </section>`;
}

/** Pairs of term and value; pairs without a value are left out. @param {{ items: Array<[any, any] | null | false | undefined> }} props */
export function Facts({ items }) {
  const told = items.filter((item) => item && item[1] !== null && item[1] !== undefined && item[1] !== '');
  return html`<dl class="facts">${told.map((item, i) => html`<dt key=${`t${i}`}>${/** @type {any} */ (item)[0]}</dt>
    <dd key=${`d${i}`}>${/** @type {any} */ (item)[1]}</dd>`)}</dl>`;
}

/** @param {{ icon?: string, title: string, children?: any, actions?: any }} props teaches what will be here, offers the next step */
export function Empty({ icon = 'inbox', title, children, actions }) {
  return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>
    ${children && html`<div>${children}</div>`}${actions && html`<div class="row">${actions}</div>`}</div>`;
}

const NOTICE_ICON = { info: 'info', good: 'finished', warn: 'warning', bad: 'alert' };

/** @param {{ kind?: 'info' | 'good' | 'warn' | 'bad', title?: any, children?: any, actions?: any, live?: boolean }} props */
export function Notice({ kind = 'info', title, children, actions, live }) {
  return html`<div class="notice" data-kind=${kind} role=${live ? (kind === 'bad' ? 'alert' : 'status') : undefined}>
    <${Icon} name=${NOTICE_ICON[kind]} /><div class="text">${title && html`<strong>${title}</strong>`}${children}</div>
    ${actions && html`<div class="actions">${actions}</div>`}</div>`;
}

/**
 * An ApiError in words: what, why, what to do, and the number support asks for. Faults of single fields are listed.
 * @param {{ error: any, retry?: () => void, title?: string }} props
 */
export function Problem({ error, retry, title }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  if (!error) return null;
  const lost = error.status === 0;
  const what = title ?? (lost ? 'The server was not reached' : error.title ?? 'This did not work');
  const detail = error.detail ?? (lost ? 'Your network or the server is away. Nothing you typed is lost.' : error.message);
  const copy = async () => {
    const lines = [what, detail, error.hint, error.code && `code ${error.code}`, error.requestId && `request ${error.requestId}`, window.location.href];
    await copyText(lines.filter(Boolean).join('\n'));
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setCopied(false), 2000);
  };
  return html`<div class="notice" data-kind="bad" role="alert"><${Icon} name=${lost ? 'offline' : 'alert'} />
    <div class="text"><strong>${what}</strong>${detail && detail !== what && html`<p>${detail}</p>`}${error.hint && html`<p>${error.hint}</p>`}
      ${error.errors?.length > 1 && html`<ul>${error.errors.map((/** @type {any} */ e) => html`<li>
        <code>${e.field}</code> ${e.text}</li>`)}</ul>`}
      ${error.requestId && html`<p class="small muted">Request <span class="mono">${error.requestId}</span></p>`}</div>
    <div class="actions">${retry && html`<${Button} size="small" icon="refresh" onClick=${retry}>Try again<//>`}
      ${error.requestId && html`<${Button} size="small" icon=${copied ? 'check' : 'copy'}
        onClick=${copy}>${copied ? 'Copied' : 'Copy details'}<//>`}</div>
  </div>`;
}

/** The room of what is being loaded: lines of text, or one block of a height in px. @param {{ lines?: number, height?: number }} props */
export function Skeleton({ lines = 3, height }) {
  const size = (/** @type {HTMLElement | null} */ element) => element?.style.setProperty('--height', `${height}px`);
  return html`<div class=${height ? 'skeleton block' : 'skeleton'} ref=${height ? size : undefined} role="status" aria-label="Loading">
    ${Array.from({ length: height ? 1 : lines }, (_, i) => html`<span key=${i}></span>`)}</div>`;
}
