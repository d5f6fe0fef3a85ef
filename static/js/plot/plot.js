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
import { saveBlob } from '../ui/save.js';
import { columnName, csv, fileName, saveCsv } from './csv.js';
import { looks } from './palette.js';
import { PlotTable, tableRows } from './plot_table.js';
import { pointText, Readout, Swatch, Where } from './readout.js';
import { stats, unitText, words } from './stats.js';
import { plotKey, zoomBy } from './window.js';

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

  const chosen = useMemo(() => {
    const given = looks(series.map((s) => s.name));
    return series.map((s, i) => s.look ?? given[i]);
  }, [series.map((s) => s.name).join('\n'), series.map((s) => s.look?.colour).join()]);
  const lines = useMemo(() => series.map((s, i) => ({ ...s, unit: s.unit ?? yUnit, look: chosen[i], about: stats(s.x, s.y) })), [series, yUnit, chosen]);
  const units = [...new Set(lines.map((line) => line.unit))];
  const signature = [height, ...lines.map((line) => `${line.name} ${line.unit} ${line.look.colour}`)].join('\n');

  /** @returns {[number, number]} */
  const domain = () => {
    if (extent) return extent;
    const filled = lines.filter((line) => line.x.length > 0);
    return [Math.min(...filled.map((line) => line.x[0])), Math.max(...filled.map((line) => line.x[line.x.length - 1]))];
  };
  /** @param {Window} window */
  const show = (window) => {
    if (!window && !zoom.value) return;
    zoom.value = window;
    onZoom?.(window?.[0] ?? null, window?.[1] ?? null);
    announce(window ? `${title}: showing ${num(window[0], { sig: 4 })} to ${num(window[1], { sig: 4, unit: unitText(xUnit) })}` : `${title}: showing everything`);
  };
  const place = () => ({
    x: lines[0]?.x ?? [], domain: domain(), window: zoom.value, cursor: cursor.value, show,
    put: (/** @type {number} */ x) => { cursor.value = x; },
  });
  /* The chart outlives a rendering: it calls what is current. */
  const shown = useRef(show);
  shown.current = show;

  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const made = createChart(box.current, {
      height,
      lines: lines.map(({ label, unit, look }) => ({ label, unit, look, scale: unit === units[0] ? 'y' : 'y2' })),
      onSelect: (from, to) => shown.current([from, to]),
      onReset: () => shown.current(null),
      onPoint: (x) => { cursor.value = x; },
    });
    chart.current = made;
    return () => { made.dispose(); chart.current = null; };
  }, [signature]);

  useLayoutEffect(() => { chart.current?.show(series, zoom.value ?? extent ?? null); }, [signature, series, zoom.value, extent?.[0], extent?.[1]]);

  useSignalEffect(() => { chart.current?.moveTo(cursor.value); });

  /* The slider role says the value under the cursor; written here so that a moving cursor does not render the figure. */
  useEffect(() => {
    const el = box.current;
    const filled = lines.filter((line) => line.x.length > 0);
    if (!el || filled.length === 0) return undefined;
    const [low, high] = domain();
    const said = (/** @type {number} */ at) => {
      const values = filled.map((line) => `${filled.length > 1 ? `${line.label} ` : ''}${pointText(line, at, xUnit).value}`);
      return `${xLabel ? `${xLabel} ` : ''}${pointText(filled[0], at, xUnit).where}: ${values.join(', ')}`;
    };
    el.setAttribute('aria-valuemin', String(low));
    el.setAttribute('aria-valuemax', String(high));
    return cursor.subscribe((at) => {
      el.setAttribute('aria-valuenow', String(at === null ? low : Math.min(high, Math.max(low, at))));
      el.setAttribute('aria-valuetext', at === null ? 'No point chosen' : said(at));
    });
  }, [lines, cursor, xUnit, xLabel]);

  const summaries = useMemo(() => lines.map((line) => {
    const about = zoom.value ? stats(line.x, line.y, zoom.value[0], zoom.value[1]) : line.about;
    return about && words(about, { unit: line.unit, xUnit, approximate: line.approximate, known: zoom.value ? null : line.known });
  }), [lines, zoom.value, xUnit]);

  const xName = columnName(xLabel || 'x', xUnit);
  const names = lines.map((line) => columnName(line.label, line.unit));
  const saveTable = () => saveCsv(fileName(title, 'csv'), csv([xName, ...names], tableRows(lines)));
  const makePicture = async () => {
    const drawn = await /** @type {import('./chart.js').Chart} */ (chart.current).enlarged(PICTURE_SCALE);
    return picture(drawn, PICTURE_SCALE, columnName(title, unitText(units[0])), columnName(xLabel, unitText(xUnit)),
      lines.length > 1 ? lines.map(({ label, look }) => ({ label, ...look })) : []);
  };
  const savePicture = async () => saveBlob(fileName(title, 'png'), await makePicture());
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
    { label: 'Zoom in at the cursor', icon: 'plus', onClick: () => zoomBy(place(), 0.5) },
    { label: 'Copy picture', icon: 'copy', onClick: copyPicture },
    { label: 'Save picture (PNG)', icon: 'camera', onClick: savePicture },
  ];
  const Heading = heading;

  return html`<figure class="plot" aria-label=${title} aria-busy=${busy ? 'true' : undefined}>
    <div class="plot-head">
      <${Heading} class="plot-title">${title}${units.length === 1 && units[0] && html`<span class="plot-unit muted">${unitText(units[0])}</span>`}<//>
      ${lines.length === 1 && html`<${Readout} line=${lines[0]} cursor=${cursor} xUnit=${xUnit} withX />`}
      ${lines.length > 1 && html`<${Where} line=${lines[0]} cursor=${cursor} xUnit=${xUnit} />`}
      ${zoom.value && html`<button type="button" class="plot-all" onClick=${() => show(null)}>Show all</button>`}
      <${Menu} label=${`${title}: table, CSV, picture`} icon="more" kind="quiet" size="small" align="end" items=${items} />
    </div>
    ${lines.length > 1 && html`<ul class="plot-legend" aria-label="Lines">${lines.map((line) => html`<li key=${line.name}>
      <${Swatch} look=${line.look} /><span>${line.label}${units.length > 1 && line.unit && html` <span class="muted">${unitText(line.unit)}</span>`}</span>
      <${Readout} line=${line} cursor=${cursor} xUnit=${xUnit} withX=${false} />
    </li>`)}</ul>`}
    <div class="plot-canvas" ref=${box} role="slider" tabindex="0" aria-label=${`${title}, cursor`} aria-orientation="horizontal"
      aria-roledescription="plot cursor" aria-valuenow="0" aria-valuetext="No point chosen" aria-describedby=${keysId}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => plotKey(event, place())}></div>
    <div class="plot-axis muted"><span class="plot-keys" id=${keysId}>Arrow keys move, + and − zoom, 0 shows all</span><span>${columnName(xLabel, unitText(xUnit))}</span></div>
    <figcaption class="plot-summary">
      ${yLabel && !title.includes(yLabel) && html`<span class="muted">${yLabel}. </span>`}
      ${summaries.map((parts, i) => parts && html`<span class="plot-line" key=${lines[i].name}>
        ${lines.length > 1 && html`<strong>${lines[i].short ?? lines[i].label}</strong> `}
        ${parts.map(({ term, text }) => html`<span class="plot-fact" key=${term}><span class="muted">${term}</span> <span class="num">${text}</span></span>`)}
      </span>`)}
      ${summaries.every((parts) => !parts) && html`<span class="muted">No values yet.</span>`}
      ${zoom.value && html`<span class="muted"> In the part shown.</span>`}
    </figcaption>
    ${table && html`<${PlotTable} title=${title} xName=${xName} names=${names} series=${series} />`}
  </figure>`;
}
