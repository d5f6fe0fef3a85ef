// Texts to take along: an id or path with a copy button, and a block of code.

import { html, useRef, useState } from '/vendor/preact.js';
import { Button } from './button.js';
import { copyText } from './clipboard.js';
import { announce } from './toast.js';

/** @returns {[boolean, (text: string) => Promise<void>]} whether something was copied just now, and how to copy */
function useCopy() {
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  const copy = async (/** @type {string} */ text) => {
    await copyText(text);
    announce('Copied');
    setDone(true);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setDone(false), 2000);
  };
  return [done, copy];
}

/** @param {{ text: string, label?: string, hideText?: boolean }} props */
export function Copy({ text, label = 'Copy', hideText }) {
  const [done, copy] = useCopy();
  return html`<span class="copy">${!hideText && html`<span class="mono" title=${text}>${text}</span>`}
    <${Button} kind="quiet" size="small" icon=${done ? 'check' : 'copy'} label=${label} onClick=${() => copy(text)} /></span>`;
}

/** @param {{ text: string, lang?: string, label?: string }} props */
export function Code({ text, lang, label }) {
  const [done, copy] = useCopy();
  return html`<div class="code"><pre tabIndex=${0} role="region" aria-label=${label ?? lang ?? 'Text'}>
    <code data-lang=${lang}>${text}</code></pre>
    <${Button} size="small" icon=${done ? 'check' : 'copy'} label="Copy" onClick=${() => copy(text)} /></div>`;
}
