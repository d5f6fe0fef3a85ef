// A plot people can read, question and take away: title, units, drawing, value at the cursor, the summary in words, and
// the same numbers as a table, CSV or picture.
//
// Pointer: move to read, drag to zoom, double click to see all. Keys on the drawing: arrows move the cursor (Shift: ten
// points), Home/End, Page Up/Down move the window, + and - zoom, 0 shows all. The wheel belongs to the page.
// `cursor` and `zoom` may be signals shared with other plots or with the 3D view; without them the plot has its own.
// New `series` of the same names are drawn into the standing chart: live data is appended by passing longer arrays.
// One plot has at most two units, one an axis.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect, useState } from '/vendor/preact.js';
import { Menu, announce, toast, useId } from '../ui/index.js';
import { num } from '../fmt.js';
import { sheetLoad } from '../sheets.js';
import { createChart, picture } from './chart.js';
import { columnName, csv, fileName, saveBlob, saveCsv } from './csv.js';
import { looks } from './palette.js';
import { PlotTable, tableRows } from './plot_table.js';
import { decimals, spacingDigits, stats, unitText, words } from './stats.js';

await Promise.all([sheetLoad('/vendor/uplot.css'), sheetLoad('/css/pages/plot.css')]);

/** Saved pictures are drawn at twice the size of the screen. */
const PICTURE_SCALE = 2;

/**
 * @typedef {import('/vendor/preact.js').Signal<number | null>} CursorSignal
 * @typedef {[number, number] | null} Window
 * @typedef {{ name: string, label: string, unit?: string, x: ArrayLike<number>, y: ArrayLike<number | null>,
 *             short?: string, look?: import('./palette.js').Look, approximate?: boolean, known?: any }} PlotSeries
 *   short: names the line in the summary; approximate: the points are a selection; known: the mean the analysis vouches for
 * @typedef {{ title: string, series: PlotSeries[], xLabel?: string, xUnit?: string, yLabel?: string, yUnit?: string,
 *             cursor?: CursorSignal, zoom?: import('/vendor/preact.js').Signal<Window>, onZoom?: (from: number | null, to: number | null) => void,
 *             height?: number, csvHref?: string, heading?: string, busy?: boolean,
 *             extent?: [number, number], menu?: any[] }} PlotProps
 *   extent: all there is of x, where `series` is only a part of it; menu: entries before the plot's own
 */

/** Index of the value of x (ascending) nearest to v. @param {ArrayLike<number>} x @param {number} v */
export function nearest(x, v) {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (x[mid] < v) low = mid;
    else high = mid;
  }
  return high >= 0 && Math.abs(x[high] - v) < Math.abs(x[low] - v) ? high : low;
}

/** @param {PlotSeries} s @param {string} unit @param {number} at */
function valueAt(s, unit, at) {
  const v = s.y[nearest(s.x, at)];
  if (v === null || v === undefined || !Number.isFinite(v)) return 'no value';
  const about = stats(s.x, s.y);
  return num(v, { digits: decimals(about ? about.sd || about.max - about.min : 0), unit: unitText(unit) });
}

/** The line of the value under the cursor; alone, so that a moving cursor redraws nothing else.
 * @param {{ s: PlotSeries, unit: string, cursor: CursorSignal, xUnit: string, withX: boolean }} props */
function Readout({ s, unit, cursor, xUnit, withX }) {
  const value = useMemo(() => {
    const about = stats(s.x, s.y);
    const digits = decimals(about ? about.sd || about.max - about.min : 0);
    const xDigits = about ? spacingDigits(about) : 0;
    return (/** @type {number} */ at) => {
      const i = nearest(s.x, at);
      const v = s.y[i];
      const text = v === null || v === undefined || !Number.isFinite(v) ? '–' : num(v, { digits, unit: unitText(unit) });
      return { at: num(s.x[i], { digits: xDigits, unit: unitText(xUnit) }), text };
    };
  }, [s.x, s.y, unit, xUnit]);
  const at = cursor.value;
  if (at === null || s.x.length === 0) return html`<output class="plot-readout num"></output>`;
  const now = value(at);
  return html`<output class="plot-readout num" aria-live="off">${withX && html`<span class="muted">${now.at}</span>`} ${now.text}</output>`;
}

/** @param {{ look: import('./palette.js').Look }} props */
function Swatch({ look }) {
  return html`<svg class=${`plot-swatch series-${look.colour + 1}`} viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
    <line x1="0" y1="6" x2="28" y2="6" stroke="currentColor" stroke-width="2" stroke-dasharray=${look.dash.join(' ') || undefined} />
    ${look.marker === 'circle' && html`<circle cx="14" cy="6" r="3.5" fill="currentColor" />`}
    ${look.marker === 'square' && html`<rect x="10.5" y="2.5" width="7" height="7" fill="currentColor" />`}
    ${look.marker === 'triangle' && html`<path d="M14 1.5 18.5 10h-9z" fill="currentColor" />`}
    ${look.marker === 'diamond' && html`<path d="M14 1 19 6 14 11 9 6z" fill="currentColor" />`}
  </svg>`;
}

/** @param {PlotProps} props */
export function Plot(props) {
  const { title, series, xLabel = '', xUnit = '', yLabel = '', yUnit = '', onZoom, height = 180, csvHref, heading = 'h3', busy = false, extent, menu = [] } = props;
  const ownCursor = useSignal(/** @type {number | null} */ (null));
  const ownZoom = useSignal(/** @type {Window} */ (null));
  const cursor = props.cursor ?? ownCursor;
  const zoom = props.zoom ?? ownZoom;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {import('./chart.js').Chart | null} */ (null));
  const [table, setTable] = useState(false);
  const keysId = useId('plot-keys');

  const unitOf = (/** @type {PlotSeries} */ s) => s.unit ?? yUnit;
  const units = [...new Set(series.map(unitOf))];
  const chosen = useMemo(() => {
    const given = looks(series.map((s) => s.name));
    return series.map((s, i) => s.look ?? given[i]);
  }, [series.map((s) => s.name).join('\n'), series.map((s) => s.look?.colour).join()]);
  const signature = [series.map((s) => `${s.name} ${unitOf(s)}`).join('\n'), height, chosen.map((l) => l.colour).join()].join('\n');

  const domain = () => {
    if (extent) return extent;
    const filled = series.filter((s) => s.x.length > 0);
    return /** @type {[number, number]} */ ([Math.min(...filled.map((s) => s.x[0])), Math.max(...filled.map((s) => s.x[s.x.length - 1]))]);
  };

  /** @param {number} from @param {number} to */
  const zoomTo = (from, to) => {
    zoom.value = [from, to];
    onZoom?.(from, to);
    announce(`${title}: showing ${num(from, { sig: 4 })} to ${num(to, { sig: 4, unit: unitText(xUnit) })}`);
  };
  const zoomOut = () => {
    if (!zoom.value) return;
    zoom.value = null;
    onZoom?.(null, null);
    announce(`${title}: showing everything`);
  };
  /** Zooms about the cursor, or about the middle. @param {number} factor of the width shown */
  const zoomBy = (factor) => {
    const [start, end] = domain();
    const [low, high] = zoom.value ?? [start, end];
    const middle = cursor.value !== null && cursor.value >= low && cursor.value <= high ? cursor.value : (low + high) / 2;
    const from = Math.max(start, middle - (middle - low) * factor);
    const to = Math.min(end, middle + (high - middle) * factor);
    if (from <= start && to >= end) zoomOut();
    else if (to > from) zoomTo(from, to);
  };
  const act = useRef({ zoomTo, zoomOut });
  act.current = { zoomTo, zoomOut };

  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const made = createChart(box.current, {
      height,
      lines: series.map((s, i) => ({ label: s.label, unit: unitOf(s), look: chosen[i], scale: units.indexOf(unitOf(s)) === 0 ? 'y' : 'y2' })),
      onSelect: (from, to) => act.current.zoomTo(from, to),
      onReset: () => act.current.zoomOut(),
      onPoint: (x) => { cursor.value = x; },
    });
    chart.current = made;
    return () => { made.dispose(); chart.current = null; };
  }, [signature]);

  useLayoutEffect(() => { chart.current?.show(series, zoom.value ?? extent ?? null); }, [signature, series, zoom.value, extent?.[0], extent?.[1]]);

  useSignalEffect(() => { chart.current?.moveTo(cursor.value); });

  /* The slider role says the value under the cursor; written here so that a moving cursor does not render the figure. */
  const describe = useRef(/** @type {() => string} */ (() => ''));
  describe.current = () => {
    const at = cursor.value;
    if (at === null || series.length === 0) return 'No point chosen';
    const where = `${xLabel ? `${xLabel} ` : ''}${num(series[0].x[nearest(series[0].x, at)], { sig: 6, unit: unitText(xUnit) })}`;
    return `${where}: ${series.map((s) => `${series.length > 1 ? `${s.label} ` : ''}${valueAt(s, unitOf(s), at)}`).join(', ')}`;
  };
  useEffect(() => {
    const el = box.current;
    if (!el || series.every((s) => s.x.length === 0)) return undefined;
    const [low, high] = domain();
    el.setAttribute('aria-valuemin', String(low));
    el.setAttribute('aria-valuemax', String(high));
    return cursor.subscribe((at) => {
      el.setAttribute('aria-valuenow', String(at === null ? low : Math.min(high, Math.max(low, at))));
      el.setAttribute('aria-valuetext', document.activeElement === el || at === null ? describe.current() : num(at, { sig: 6, unit: unitText(xUnit) }));
    });
  }, [series, cursor, xUnit]);

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || series.length === 0 || series[0].x.length === 0) return;
    const x = series[0].x;
    const [low, high] = zoom.value ?? domain();
    const first = x[0] >= low ? 0 : Math.min(x.length - 1, nearest(x, low));
    const last = x[x.length - 1] <= high ? x.length - 1 : nearest(x, high);
    const here = cursor.value === null ? first - 1 : nearest(x, cursor.value);
    const leap = event.shiftKey ? 10 : 1;
    const put = (/** @type {number} */ i) => { cursor.value = x[Math.max(first, Math.min(last, i))]; };
    const pan = (/** @type {number} */ by) => {
      const [start, end] = domain();
      const width = high - low;
      const from = Math.min(end - width, Math.max(start, low + by * width));
      if (zoom.value) zoomTo(from, from + width);
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => put(here + leap),
      ArrowLeft: () => put(here - leap),
      ArrowUp: () => put(here + leap),
      ArrowDown: () => put(here - leap),
      Home: () => put(first),
      End: () => put(last),
      PageUp: () => pan(0.5),
      PageDown: () => pan(-0.5),
      '+': () => zoomBy(0.5),
      '=': () => zoomBy(0.5),
      '-': () => zoomBy(2),
      0: () => zoomOut(),
      Escape: () => zoomOut(),
    };
    const run = keys[event.key];
    if (!run || (event.key === 'Escape' && !zoom.value)) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };

  const summaries = useMemo(() => series.map((s) => {
    const about = zoom.value ? stats(s.x, s.y, zoom.value[0], zoom.value[1]) : stats(s.x, s.y);
    return about && words(about, { unit: unitOf(s), xUnit, approximate: s.approximate, known: zoom.value ? null : s.known });
  }), [series, zoom.value, xUnit, yUnit]);

  const xName = columnName(xLabel || 'x', xUnit);
  const saveTable = () => saveCsv(fileName(title, 'csv'),
    csv([xName, ...series.map((s) => columnName(s.label, unitOf(s)))], tableRows(series)));
  const legend = series.length > 1 ? series.map((s, i) => ({ label: s.label, ...chosen[i] })) : [];
  const makePicture = async () => {
    const drawn = await /** @type {import('./chart.js').Chart} */ (chart.current).enlarged(PICTURE_SCALE);
    return picture(drawn, PICTURE_SCALE, columnName(title, unitText(units[0])), columnName(xLabel, unitText(xUnit)), legend);
  };
  const savePicture = async () => {
    saveBlob(fileName(title, 'png'), await makePicture());
  };
  const copyPicture = async () => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': makePicture() })]);
      toast('The plot is on the clipboard.');
    } catch {
      toast('The browser does not let pages copy pictures here. Use “Save picture”.', { kind: 'warn' });
    }
  };

  const items = [
    ...menu,
    { label: table ? 'Hide the table' : 'Show as table', icon: 'table', onClick: () => setTable(!table) },
    csvHref ? { label: 'Download CSV', icon: 'download', href: csvHref } : { label: 'Download CSV', icon: 'download', onClick: saveTable },
    { label: 'Zoom in at the cursor', icon: 'plus', onClick: () => zoomBy(0.5) },
    { label: 'Copy picture', icon: 'copy', onClick: copyPicture },
    { label: 'Save picture (PNG)', icon: 'camera', onClick: savePicture },
  ];
  const Heading = heading;

  return html`<figure class="plot" aria-label=${title} aria-busy=${busy ? 'true' : undefined}>
    <div class="plot-head">
      <${Heading} class="plot-title">${title}${units.length === 1 && units[0] && html`<span class="plot-unit muted">${unitText(units[0])}</span>`}<//>
      ${series.length === 1 && html`<${Readout} s=${series[0]} unit=${unitOf(series[0])} cursor=${cursor} xUnit=${xUnit} withX=${true} />`}
      ${zoom.value && html`<button type="button" class="plot-all" onClick=${zoomOut}>Show all</button>`}
      <${Menu} label=${`${title}: table, CSV, picture`} icon="more" kind="quiet" size="small" align="end" items=${items} />
    </div>
    ${series.length > 1 && html`<ul class="plot-legend" aria-label="Lines">${series.map((s, i) => html`<li key=${s.name}>
      <${Swatch} look=${chosen[i]} /><span>${s.label}${units.length > 1 && unitOf(s) && html` <span class="muted">${unitText(unitOf(s))}</span>`}</span>
      <${Readout} s=${s} unit=${unitOf(s)} cursor=${cursor} xUnit=${xUnit} withX=${false} />
    </li>`)}</ul>`}
    <div class="plot-canvas" ref=${box} role="slider" tabindex="0" aria-label=${`${title}, cursor`} aria-orientation="horizontal"
      aria-roledescription="plot cursor" aria-valuenow="0" aria-valuetext="No point chosen" aria-describedby=${keysId} onKeyDown=${onKey}></div>
    <div class="plot-axis muted"><span class="plot-keys" id=${keysId}>Arrow keys move, + and − zoom, 0 shows all</span><span>${columnName(xLabel, unitText(xUnit))}</span></div>
    <figcaption class="plot-summary">
      ${yLabel && !title.includes(yLabel) && html`<span class="muted">${yLabel}. </span>`}
      ${summaries.map((parts, i) => parts && html`<span class="plot-line" key=${series[i].name}>
        ${series.length > 1 && html`<strong>${series[i].short ?? series[i].label}</strong> `}
        ${parts.map(({ term, text }) => html`<span class="plot-fact" key=${term}><span class="muted">${term}</span> <span class="num">${text}</span></span>`)}
      </span>`)}
      ${summaries.every((parts) => !parts) && html`<span class="muted">No values yet.</span>`}
      ${zoom.value && html`<span class="muted"> In the part shown.</span>`}
    </figcaption>
    ${table && html`<${PlotTable} title=${title} xName=${xName} names=${series.map((s) => columnName(s.label, unitOf(s)))} series=${series} />`}
  </figure>`;
}
