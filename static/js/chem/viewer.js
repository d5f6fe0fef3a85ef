// The 3D viewer as people meet it: a stage, a bar of looks above, the player below, every one of them a native control.
//
// Flow: the stage mounts → createViewer() → load(viewer) by the caller → signals of the viewer draw the bars.
// Keys on the stage: arrows turn, + and − zoom, Home shows everything, Space plays, comma and full stop step, Esc clears.
// Caveats: the wheel zooms only while the stage has the focus, so that a page can be scrolled past it. Without WebGL the
// stage says so and offers what the caller gives as `instead`.

import { html, useEffect, useRef, useSignal, useState } from '/vendor/preact.js';
import { num } from '../fmt.js';
import { sheetLoad } from '../sheets.js';
import { announce, Button, Check, Icon, Menu, NumberInput, Problem, Select } from '../ui/index.js';
import { saveBlob } from '../ui/save.js';
import { createViewer, NoWebgl } from './control.js';
import { hasSequence, Sequence } from './sequence.js';
import { COLOURS, REPRESENTATIONS } from './styles.js';
import { placeWords, sceneWords } from './words.js';

export { createViewer };

/** @typedef {import('./control.js').Viewer3D} Viewer3D */
/** @typedef {import('./parts.js').Place} Place */

const SPEEDS = [2, 5, 10, 20, 30];
const STRIDES = [1, 2, 5, 10];
const TURN = Math.PI / 18;
const KEYS = 'Arrow keys turn the view, plus and minus zoom, Home shows everything, Space plays, comma and full stop step through frames, '
  + 'Escape clears the selection.';

/** @param {KeyboardEvent} event @param {Viewer3D} viewer */
function stageKey(event, viewer) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { scene } = viewer;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => scene.turn(-TURN, 0), ArrowRight: () => scene.turn(TURN, 0), ArrowUp: () => scene.turn(0, -TURN), ArrowDown: () => scene.turn(0, TURN),
    '+': () => scene.zoom(0.85), '=': () => scene.zoom(0.85), '-': () => scene.zoom(1 / 0.85), Home: () => viewer.reset(),
    ' ': () => (viewer.playing.peek() ? viewer.pause() : viewer.play()),
    ',': () => viewer.setFrame(viewer.frame.peek() - 1), '.': () => viewer.setFrame(viewer.frame.peek() + 1),
    Escape: () => viewer.select(null),
  };
  if (event.key === 'Escape' && !viewer.chosen.peek().length) return;
  if (!(event.key in keys)) return;
  keys[event.key]();
  event.preventDefault();
  event.stopPropagation();
}

/** @param {{ viewer: Viewer3D }} props */
function Looks({ viewer }) {
  const look = viewer.look.value;
  const counts = viewer.counts.value;
  const many = counts.polymerResidues >= 3;
  const shapes = many ? REPRESENTATIONS : REPRESENTATIONS.filter((r) => !r.value.startsWith('cartoon') && r.value !== 'surface');
  const colours = many ? COLOURS : COLOURS.filter((c) => c.value === 'element' || c.value === 'bfactor');
  return html`<${Select} class="viewer-select" aria-label="Representation" value=${look.representation} options=${shapes}
    onInput=${(/** @type {string} */ v) => viewer.style({ representation: v })} />
    <${Select} class="viewer-select" aria-label="Colour by" value=${look.color} options=${colours} onInput=${(/** @type {string} */ v) => viewer.style({ color: v })} />
    <${Check} label="Hydrogens" checked=${look.hydrogens} onInput=${(/** @type {boolean} */ on) => viewer.style({ hydrogens: on })} />
    ${counts.hasWater && html`<${Check} label="Water" checked=${look.water} onInput=${(/** @type {boolean} */ on) => viewer.style({ water: on })} />`}`;
}

/** Speed, stride and loop, as the entries of a menu. @param {Viewer3D} viewer */
function playback({ fps, stride, loop, frameCount }) {
  const ordinal = (/** @type {number} */ n) => (n === 1 ? 'Every frame' : n === 2 ? 'Every second frame' : `Every ${n}th frame`);
  return [
    { note: 'Speed' }, ...SPEEDS.map((n) => ({ label: `${n} frames/s`, checked: fps.value === n, onClick: () => { fps.value = n; } })),
    ...(frameCount.value > 20 ? [{ note: 'Frames' }, ...STRIDES.map((n) => ({ label: ordinal(n), checked: stride.value === n, onClick: () => { stride.value = n; } }))] : []),
    { note: 'At the end' },
    { label: 'Start again', checked: loop.value, onClick: () => { loop.value = true; } },
    { label: 'Stop', checked: !loop.value, onClick: () => { loop.value = false; } },
  ];
}

/** @param {{ viewer: Viewer3D, timed: boolean }} props */
function Player({ viewer, timed }) {
  const count = viewer.frameCount.value;
  const frame = viewer.frame.value;
  const playing = viewer.playing.value;
  const time = timed ? viewer.timeOf(frame) : null;
  const said = time === null ? '' : `, ${num(time, { sig: 4, unit: 'ps' })}`;
  const toggle = () => (playing ? viewer.pause() : viewer.play());
  /** @param {number} by */
  const step = (by) => {
    viewer.pause();
    viewer.setFrame((frame + by + count) % count);
  };
  return html`<div class="viewer-player" role="group" aria-label="Player">
    <${Button} kind="primary" icon=${playing ? 'pause' : 'play'} label=${playing ? 'Pause' : 'Play'} onClick=${toggle} />
    <${Button} kind="quiet" icon="left" label="Previous frame" onClick=${() => step(-viewer.stride.peek())} />
    <${Button} kind="quiet" icon="right" label="Next frame" onClick=${() => step(viewer.stride.peek())} />
    <input class="viewer-slider" type="range" min="0" max=${count - 1} step="1" value=${frame} aria-label="Frame" aria-valuetext=${`Frame ${frame + 1} of ${count}${said}`}
      onInput=${(/** @type {any} */ e) => viewer.setFrame(Number(e.currentTarget.value))} />
    <span class="viewer-frame"><${NumberInput} aria-label="Frame number" value=${frame + 1} min=${1} max=${count}
      onInput=${(/** @type {number | null} */ n) => n !== null && viewer.setFrame(n - 1)} />
      <span class="num">/ ${count}</span></span>
    ${time !== null && html`<span class="viewer-time num">${num(time, { sig: 4, unit: 'ps' })}</span>`}
    <${Menu} kind="quiet" align="end" label=${`Speed, ${viewer.fps.value}/s (frames a second)`} items=${playback(viewer)}>
      <span class="num">${viewer.fps.value}/s</span><${Icon} name="down" /><//>
  </div>`;
}

/** @param {{ viewer: Viewer3D, marks?: Map<string, any> }} props */
function Letters({ viewer, marks }) {
  const pick = (/** @type {Place} */ place) => (viewer.measuring.peek() ? viewer.measurePlace(place) : viewer.select([place], { focus: true }));
  return html`<div class="viewer-sequence"><${Sequence} outline=${viewer.outline.value} chosen=${viewer.chosen.value} marks=${marks} onPick=${pick} /></div>`;
}

/**
 * @param {{ label: string, height?: number, load: (viewer: Viewer3D) => Promise<unknown>, loadKey?: string, onReady?: (viewer: Viewer3D | null) => void,
 *   picture?: string, marks?: Map<string, any>, sequence?: 'menu' | 'below' | 'none', instead?: any, tools?: any, cursor?: any, compact?: boolean, frames?: boolean, timed?: boolean }} props
 *   `load` fills the viewer, again when `loadKey` changes; `picture` names the PNG; `tools` stand before the view's own buttons;
 *   `cursor`: signal of a time in ps, shared with plots; `compact`: stage and player only; `frames`: a player
 *   will come, its room is kept while the structure loads; `timed`: its frames are moments, not steps
 */
export function Viewer({
  label, height = 460, load, loadKey = '', onReady, picture = 'structure', marks, sequence = 'menu', instead, tools, cursor, compact = false, frames = false, timed = true,
}) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const stage = useRef(/** @type {HTMLElement | null} */ (null));
  const viewer = useSignal(/** @type {Viewer3D | null} */ (null));
  const loading = useSignal(true);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [tries, setTries] = useState(0);
  const [residues, setResidues] = useState(false);

  useEffect(() => {
    let gone = false;
    /** @type {Viewer3D | null} */
    let made = null;
    setError(null);
    (async () => {
      await sheetLoad('/css/pages/viewer.css');
      if (gone || !stage.current) return;
      made = await createViewer(stage.current);
      if (gone) made.dispose();
      else viewer.value = made;
    })().catch((e) => gone || setError(e));
    return () => {
      gone = true;
      onReady?.(null);
      viewer.value = null;
      made?.dispose();
    };
  }, [tries]);

  const current = viewer.value;
  useEffect(() => {
    if (!current) return undefined;
    let gone = false;
    loading.value = true;
    setError(null);
    load(current)
      .then(() => {
        if (gone) return;
        loading.value = false;
        onReady?.(current);
      })
      .catch((e) => gone || (e instanceof DOMException && e.name === 'AbortError') || setError(e));
    return () => {
      gone = true;
      current.pause();
    };
  }, [current, loadKey]);

  useEffect(() => {
    if (!current || !cursor) return undefined;
    const offFrame = current.onFrame((/** @type {number} */ i) => {
      const time = current.timeOf(i);
      // A frame that was overtaken while it was fetched is not where the reader wants to be.
      if (time === null || (i !== current.wanted && !current.playing.peek())) return;
      if (cursor.peek() !== null && current.frameAt(cursor.peek()) === i) return;
      cursor.value = time;
    });
    const offCursor = cursor.subscribe((/** @type {number | null} */ ps) => {
      if (ps === null || !current.times) return;
      const i = current.frameAt(ps);
      if (i !== current.wanted) current.setFrame(i);
    });
    return () => {
      offFrame();
      offCursor();
    };
  }, [current, cursor]);

  // The wheel belongs to the page until somebody has clicked into the stage or come by Tab.
  useEffect(() => {
    const element = stage.current;
    const keep = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && document.activeElement !== element) event.stopPropagation();
    };
    element?.addEventListener('wheel', keep, true);
    return () => element?.removeEventListener('wheel', keep, true);
  }, []);

  const shot = async () => {
    if (!current) return;
    try {
      saveBlob(`${picture}.png`, await current.screenshot());
      announce('The picture was saved.');
    } catch (e) {
      setError(e);
    }
  };
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : box.current?.requestFullscreen());
  const size = (/** @type {HTMLElement | null} */ element) => {
    stage.current = element;
    element?.style.setProperty('--viewer-height', `${height}px`);
  };
  const failed = error ?? current?.error.value;
  const chosen = current?.chosen.value ?? [];
  const words = current && !loading.value ? sceneWords(current.counts.value, {
    frames: current.frameCount.value, representation: REPRESENTATIONS.find((r) => r.value === current.look.value.representation)?.label,
  }) : 'Loading.';
  const noWebgl = error instanceof NoWebgl;

  return html`<section class="viewer" ref=${box} aria-label=${label} data-compact=${compact ? '' : undefined}>
    ${!compact && !noWebgl && html`<div class="viewer-bar">
      <div class="row" role="group" aria-label="Looks">${current && !loading.value && html`<${Looks} viewer=${current} />`}</div>
      <div class="row viewer-tools" role="group" aria-label="View">${tools}
        ${current && sequence === 'menu' && hasSequence(current.outline.value) && html`<${Button} kind="quiet" icon="list" label="Choose residues"
          aria-expanded=${residues ? 'true' : 'false'} onClick=${() => setResidues(!residues)} />`}
        ${current && html`<${Button} kind="quiet" icon="measure" label="Measure a distance" aria-pressed=${current.measuring.value ? 'true' : 'false'}
          onClick=${() => current.setMeasuring(!current.measuring.peek())} />
          <${Button} kind="quiet" icon="target" label="Look at the selection" disabled=${!chosen.length} onClick=${() => current.focus()} />
          <${Button} kind="quiet" icon="refresh" label="Show everything" onClick=${() => current.reset()} />
          <${Button} kind="quiet" icon="camera" label="Save a picture" onClick=${shot} />`}
        <${Button} kind="quiet" icon="fullscreen" label="Full screen" onClick=${full} />
      </div></div>`}
    ${current && residues && sequence === 'menu' && html`<${Letters} viewer=${current} marks=${marks} />`}
    <div class="viewer-frame-box">
      <div class="viewer-stage" ref=${size} tabIndex=${noWebgl ? undefined : 0} role="application" aria-roledescription="3D view" aria-label=${`${label}. ${words}`}
        aria-describedby="viewer-keys" onKeyDown=${(/** @type {KeyboardEvent} */ e) => current && stageKey(e, current)}></div>
      <p class="sr-only" id="viewer-keys">${KEYS}</p>
      ${loading.value && !failed && html`<div class="viewer-over" role="status"><span class="spinner" aria-hidden="true"></span>Loading the structure</div>`}
      ${current?.waiting.value && !loading.value && html`<div class="viewer-wait" aria-hidden="true"><span class="spinner"></span>Fetching frames</div>`}
      ${noWebgl && html`<div class="viewer-over"><${Icon} name="monitor" large /><div class="prose"><strong>No 3D in this browser</strong>
        <p>WebGL is switched off or missing. Everything else works. Switch on hardware acceleration, use another browser,
        or open the file in a program of your own.</p>${instead}</div></div>`}
      ${failed && !noWebgl && html`<div class="viewer-over"><${Problem} error=${failed} title="The 3D view stopped" retry=${() => setTries(tries + 1)} />${instead}</div>`}
      ${current && !loading.value && html`<p class="viewer-info" role="status" aria-live=${current.playing.value ? 'off' : 'polite'}>
        ${current.info.value || (chosen.length === 1 ? `Selected: ${placeWords(chosen[0])}` : chosen.length ? `${chosen.length} places selected` : '')}</p>`}
    </div>
    ${current && sequence === 'below' && hasSequence(current.outline.value) && html`<${Letters} viewer=${current} marks=${marks} />`}
    ${current && current.frameCount.value > 1 ? html`<${Player} viewer=${current} timed=${timed} />`
    : frames && loading.value && !failed && html`<div class="viewer-player" aria-hidden="true"></div>`}
  </section>`;
}
