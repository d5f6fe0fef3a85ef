// The state of a run: a shape, a word and a colour, the same everywhere. A state nobody could confirm for a while is
// shown as unknown, with what it was; the reason is one hover or focus away.

import { html } from '/vendor/preact.js';
import { Icon } from './icon.js';
import { Tooltip } from './tooltip.js';

/** @type {Record<string, { word: string, means: string }>} */
export const STATES = {
  queued: { word: 'Queued', means: 'Accepted; a worker hands it to the cluster next.' },
  held: { word: 'Held', means: 'Waits until somebody releases it.' },
  submitting: { word: 'Submitting', means: 'Being handed to the cluster.' },
  pending: { word: 'Pending', means: 'On the cluster, waiting for free processors.' },
  running: { word: 'Running', means: 'Computing.' },
  collecting: { word: 'Collecting', means: 'The job has ended; its results are being read.' },
  finished: { word: 'Finished', means: 'Ended well; its results were checked.' },
  failed: { word: 'Failed', means: 'Ended without usable results.' },
  cancelled: { word: 'Cancelled', means: 'Stopped by a person.' },
  unknown: { word: 'Unknown', means: 'The cluster has not answered for a while.' },
};

/** @param {{ state: string, unknownSince?: string | null, reason?: string | null, plain?: boolean }} props `plain`: without hover */
export function State({ state, unknownSince, reason, plain }) {
  const shown = unknownSince ? 'unknown' : state;
  const known = STATES[shown] ?? { word: shown, means: '' };
  const chip = html`<span class="state" data-state=${shown}><${Icon} name=${STATES[shown] ? shown : 'unknown'} />
    <span>${known.word}</span></span>`;
  if (plain) return chip;
  const was = unknownSince ? `Last seen ${STATES[state]?.word.toLowerCase() ?? state}. ` : '';
  return html`<${Tooltip} text=${`${was}${reason || known.means}`}>${chip}<//>`;
}
