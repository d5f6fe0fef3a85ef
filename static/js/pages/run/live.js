// One run kept true: read when its page opens and after each event, with its progress taken from the events themselves,
// which come every second while it works. What was read last stays shown whatever happens to the connection.

import { useEffect, useRef, useState } from '/vendor/preact.js';
import { useApi } from '../../api.js';
import { subscribe } from '../../live.js';

const SETTLE_MS = 250;
const TICK_MS = 1000;
const GUESS_FROM = 0.03;

const ENDED = ['finished', 'failed', 'cancelled'];

/** @param {any} run */
export const hasEnded = (run) => ENDED.includes(run.state);

/** The newer of two lines of progress. @param {any} a @param {any} b */
function newer(a, b) {
  if (!a || !b) return a ?? b ?? null;
  return (b.t ?? 0) >= (a.t ?? 0) ? b : a;
}

/**
 * @param {string} id
 * @returns {{ run: any, etag: string | null, error: import('../../api.js').ApiError | null, reload: () => void }}
 *   run: with the newest progress; undefined until it was read
 */
export function useRun(id) {
  const { data, error, etag, reload } = useApi(`/runs/${id}`);
  const [told, setTold] = useState(/** @type {{ attempt: number, progress: any } | null} */ (null));
  const timer = useRef(0);
  useEffect(() => {
    const again = () => {
      if (!timer.current) {
        timer.current = window.setTimeout(() => {
          timer.current = 0;
          reload();
        }, SETTLE_MS);
      }
    };
    const off = subscribe([`run:${id}`], (event) => {
      if (event.type === 'progress') setTold({ attempt: event.attempt, progress: event.progress });
      else again();
    });
    return () => {
      off();
      clearTimeout(timer.current);
      timer.current = 0;
    };
  }, [id]);
  const run = data && told && told.attempt === data.attempt ? { ...data, progress: newer(data.progress, told.progress) } : data;
  return { run, etag, error, reload };
}

/** Seconds until the end as the job says, else from how long the part so far took. @param {any} run @param {number} now */
export function timeLeft(run, now) {
  const p = run.progress;
  if (run.state !== 'running' || !p) return null;
  if (typeof p.eta_s === 'number') return Math.max(0, p.eta_s - (p.t ? now / 1000 - p.t : 0));
  if (!(p.fraction > GUESS_FROM) || !run.started_at) return null;
  const gone = (now - new Date(run.started_at).getTime()) / 1000;
  return Math.max(0, (gone * (1 - p.fraction)) / p.fraction);
}

/** A time to come is not known to the second. @param {number} seconds */
export function roughly(seconds) {
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : seconds < 7200 ? 60 : 600;
  return Math.max(step, Math.round(seconds / step) * step);
}

/** The time, each second while `on`; for durations that grow. @param {boolean} on */
export function useNow(on) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!on) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => !document.hidden && setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

/** The template a run was made from as it is today: titles of stages, words of parameters. @param {string} id */
export function useTemplate(id) {
  return useApi(`/templates/${encodeURIComponent(id)}`).data?.template ?? null;
}
