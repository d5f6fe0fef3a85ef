// A table of any number of rows, of which only those in sight are in the document: a real <table> with its true row
// count and row numbers, so that assistive technology reads it as one.
//
// `rows` is what is loaded, from the first on; up to `total` the rest shows as grey bars while onNeed(index) asks for it,
// some thousand rows ahead of the scrolling. A row gone by the window stays in the document while it has the focus.
// Keys on a row: arrows, Page Up/Down, Home, End move; Space selects, Shift extends, Ctrl+A takes all that is loaded.
// Rows put in above those in sight do not move them. `paged` shows the same rows in pages of plain rows instead, which
// some screen readers handle better.

import { Component, html, useEffect, useLayoutEffect, useRef, useState } from '/vendor/preact.js';
import { num } from '../fmt.js';
import { Button } from './button.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { announce } from './toast.js';

export const ROW_PX = 32;
const SPARE_ROWS = 14;
const STEP_ROWS = 4;
const AHEAD_ROWS = 3000;
const GREY_ROWS = 12;

/**
 * @typedef {{ key: string, label: string, render?: (row: any) => any, align?: 'end', width?: number, sort?: boolean,
 *             from?: number, heading?: any }} Column
 *   width: px, without one it shares what is left; from: shown when the table is at least so wide; heading: instead of label
 * @typedef {{ key: string, down: boolean }} Sort
 * @typedef {import('/vendor/preact.js').Signal<Set<string>>} Selection
 * @typedef {{ columns: Column[], rows: any[] | undefined, rowKey?: (row: any) => string, rowName?: (row: any) => string,
 *             rowHref: (row: any) => string, total?: number | null, selection?: Selection, onNeed?: (lastIndex: number) => void,
 *             sort?: Sort, onSort?: (sort: Sort) => void, caption: string, empty?: any, paged?: number, fill?: boolean,
 *             start?: number, onScrolled?: (top: number) => void }} TableProps
 *   rows: undefined while nothing is known; fill: takes the height that is left on the screen and scrolls inside;
 *   start, onScrolled: where it was scrolled to, for coming back
 */

/** One row; drawn again only when something about it changed. */
class Row extends Component {
  shouldComponentUpdate(/** @type {any} */ next) {
    const now = /** @type {any} */ (this.props);
    return next.row !== now.row || next.index !== now.index || next.columns !== now.columns || next.picked !== now.picked
      || next.tab !== now.tab || next.name !== now.name;
  }

  render() {
    const { row, index, columns, picked, pickable, tab, href, name } = /** @type {any} */ (this.props);
    const [head, ...others] = columns;
    return html`<tr aria-rowindex=${index + 2} data-index=${index} data-picked=${picked ? '' : undefined}>
      ${pickable && html`<td class="pick"><input type="checkbox" checked=${picked} tabIndex=${tab} aria-label=${`Select ${name}`} /></td>`}
      <th scope="row"><a href=${href} tabIndex=${tab} data-focus>${head.render ? head.render(row) : row[head.key]}</a></th>
      ${others.map((/** @type {Column} */ c) => html`<td key=${c.key} class=${c.align === 'end' ? 'num' : undefined}>${c.render ? c.render(row) : row[c.key]}</td>`)}
    </tr>`;
  }
}

/** A row that is not here yet. @param {{ index: number, columns: Column[], pickable: boolean }} props */
function GreyRow({ index, columns, pickable }) {
  return html`<tr class="grey" aria-rowindex=${index + 2} data-index=${index} aria-busy="true">
    ${pickable && html`<td class="pick"></td>`}
    ${columns.map((c, i) => (i === 0 ? html`<th key=${c.key} scope="row" tabIndex=${-1} data-focus><span></span></th>` : html`<td key=${c.key}><span></span></td>`))}
  </tr>`;
}

/** The height of rows that are not in the document. @param {{ rows: number, span: number }} props */
function Gap({ rows, span }) {
  const size = (/** @type {HTMLElement | null} */ element) => element?.style.setProperty('height', `${rows * ROW_PX}px`);
  return html`<tr class="gap" aria-hidden="true"><td ref=${size} colSpan=${span}></td></tr>`;
}

/** @param {{ columns: Column[], sort?: Sort, onSort?: (sort: Sort) => void, pick?: any }} props */
function Head({ columns, sort, onSort, pick }) {
  return html`<thead><tr aria-rowindex="1">
    ${pick !== undefined && html`<td class="pick">${pick}</td>`}
    ${columns.map((c) => {
    const sortable = c.sort && onSort;
    const sorted = sort?.key === c.key ? (sort.down ? 'descending' : 'ascending') : undefined;
    const turn = () => onSort?.({ key: c.key, down: sorted ? !sort?.down : true });
    return html`<th key=${c.key} scope="col" class=${c.align === 'end' ? 'num' : undefined} aria-sort=${sortable ? sorted ?? 'none' : undefined}>
        ${sortable ? html`<button type="button" onClick=${turn}>${c.label}<${Icon} name=${sorted ? (sort?.down ? 'down' : 'up') : 'sort'} /></button>` : c.heading ?? c.label}</th>`;
  })}
  </tr></thead>`;
}

/** Widths of columns; data, so they are set from here. @param {{ columns: Column[], pickable: boolean }} props */
function Widths({ columns, pickable }) {
  const width = (/** @type {number | undefined} */ px) => (/** @type {HTMLElement | null} */ element) => element?.style.setProperty('width', px ? `${px}px` : 'auto');
  return html`<colgroup>${pickable && html`<col ref=${width(40)} />`}${columns.map((c) => html`<col key=${c.key} ref=${width(c.width)} />`)}</colgroup>`;
}

/** The rows to have in the document: those in sight, and the one with the focus. @param {number} first @param {number} end @param {number} kept */
function shownRows(first, end, kept) {
  const indices = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  if (kept >= 0 && kept < first) indices.unshift(kept);
  if (kept >= end) indices.push(kept);
  return indices;
}

/**
 * Which element shows which row: rows that come into sight take over the elements of rows that left, which costs a
 * fraction of making new ones; a row keeps its element as long as it is in the document, and with it the focus.
 *
 * @returns {(keys: string[]) => Map<string, number>}
 */
function useSlots() {
  const held = useRef(/** @type {Map<string, number>} */ (new Map()));
  return (keys) => {
    const slots = new Map(keys.flatMap((key) => (held.current.has(key) ? [[key, Number(held.current.get(key))]] : [])));
    const taken = new Set(slots.values());
    let next = 0;
    for (const key of keys) {
      if (slots.has(key)) continue;
      while (taken.has(next)) next += 1;
      slots.set(key, next);
      taken.add(next);
    }
    held.current = slots;
    return slots;
  };
}

/** Picking rows, one, a range, or all. @param {Selection | undefined} selection @param {any[]} rows @param {(row: any) => string} keyOf */
function usePicking(selection, rows, keyOf) {
  const anchor = useRef(-1);
  /** @param {number} index @param {boolean} range */
  const toggle = (index, range) => {
    if (!selection || !rows[index]) return;
    const next = new Set(selection.value);
    const on = !next.has(keyOf(rows[index]));
    const from = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
    const to = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
    for (const row of rows.slice(from, to + 1)) {
      if (on) next.add(keyOf(row));
      else next.delete(keyOf(row));
    }
    anchor.current = index;
    selection.value = next;
    announce(`${num(next.size)} selected`);
  };
  const all = (/** @type {boolean} */ on) => {
    if (!selection) return;
    selection.value = on ? new Set(rows.map(keyOf)) : new Set();
    announce(on ? `All ${num(rows.length)} loaded rows selected` : 'Nothing selected');
  };
  const add = (/** @type {number} */ index) => {
    if (selection && rows[index]) selection.value = new Set([...selection.value, keyOf(rows[index])]);
    anchor.current = index;
  };
  return { toggle, all, add };
}

/** @param {TableProps} props */
export function Table(props) {
  const { rowKey = (row) => row.id, rowName = (row) => row.name, rowHref, selection, onNeed, sort, onSort, caption, empty, paged = 0, fill = true } = props;
  const rows = props.rows ?? [];
  const total = props.rows === undefined ? GREY_ROWS : Math.max(props.total ?? 0, rows.length);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [wide, setWide] = useState(2000);
  const [view, setView] = useState({ first: 0, end: 4 * SPARE_ROWS });
  const [page, setPage] = useState(0);
  const [active, setActive] = useState('');
  const hint = useRef(0);
  const want = useRef(/** @type {{ index: number, part: string } | null} */ (null));
  const top = useRef(/** @type {{ key: string, index: number } | null} */ (null));
  const picking = usePicking(selection, rows, rowKey);
  const columns = useColumns(props.columns, wide);
  const assign = useSlots();

  const pageSize = paged || total;
  const first = paged ? Math.min(page * paged, Math.max(0, total - 1)) : view.first;
  const end = paged ? Math.min(total, first + pageSize) : Math.min(total, view.end);
  if (!rows[hint.current] || rowKey(rows[hint.current]) !== active) hint.current = active ? rows.findIndex((row) => rowKey(row) === active) : -1;
  const hasFocus = Boolean(box.current?.contains(document.activeElement));
  const indices = shownRows(first, end, hasFocus && !paged ? hint.current : -1);
  const firstTab = rows[first] && (hint.current < first || hint.current >= end) ? first : hint.current;

  const look = () => {
    const element = box.current;
    if (!element) return;
    const at = Math.floor(element.scrollTop / ROW_PX);
    const from = Math.max(0, Math.floor((at - SPARE_ROWS) / STEP_ROWS) * STEP_ROWS);
    const to = Math.ceil((at + element.clientHeight / ROW_PX + SPARE_ROWS) / STEP_ROWS) * STEP_ROWS;
    setView((was) => (was.first === from && was.end === to ? was : { first: from, end: to }));
    top.current = rows[at] ? { key: rowKey(rows[at]), index: at } : null;
    props.onScrolled?.(element.scrollTop);
  };
  const looking = useRef(look);
  looking.current = look;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => {
      setWide(element.clientWidth);
      element.style.setProperty('--above', `${Math.round(element.getBoundingClientRect().top + window.scrollY)}px`);
      looking.current();
    };
    measure();
    if (props.start) element.scrollTop = props.start;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (element.parentElement) observer.observe(element.parentElement);
    return () => observer.disconnect();
  }, [total === 0]);

  // What was put in above the rows in sight moves the scroll, not the rows.
  useLayoutEffect(() => {
    const element = box.current;
    const was = top.current;
    if (!element || !was || paged || element.scrollTop < ROW_PX) return;
    if (rows[was.index] && rowKey(rows[was.index]) === was.key) return;
    const now = rows.findIndex((row) => rowKey(row) === was.key);
    if (now >= 0) element.scrollTop += (now - was.index) * ROW_PX;
  }, [rows]);

  useEffect(() => {
    const ahead = paged ? end : Math.min(total, end + AHEAD_ROWS);
    if (props.rows && rows.length < ahead) onNeed?.(ahead - 1);
  }, [end, rows.length, total]);

  useLayoutEffect(() => {
    const wanted = want.current;
    if (!wanted) return;
    const row = box.current?.querySelector(`tr[data-index="${wanted.index}"]`);
    const part = row?.querySelector(wanted.part) ?? row?.querySelector('[data-focus]');
    if (!(part instanceof HTMLElement)) return;
    part.focus({ preventScroll: true });
    if (part instanceof HTMLAnchorElement || part instanceof HTMLInputElement) want.current = null;
  });

  /** @param {number} index @param {string} part what of the row gets the focus */
  const moveTo = (index, part) => {
    const element = box.current;
    const target = Math.max(paged ? first : 0, Math.min((paged ? end : total) - 1, index));
    want.current = { index: target, part };
    if (rows[target]) {
      hint.current = target;
      setActive(rowKey(rows[target]));
    } else {
      onNeed?.(target);
    }
    if (!element || paged) return;
    const y = target * ROW_PX;
    const room = element.clientHeight - 2 * ROW_PX;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y > element.scrollTop + room) element.scrollTop = y - room;
    look();
  };

  const indexOf = (/** @type {any} */ event) => Number(event.target.closest('tr[data-index]')?.dataset.index ?? -1);

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const index = indexOf(event);
    if (index < 0 || event.altKey || event.metaKey) return;
    const part = target instanceof HTMLInputElement ? 'input' : '[data-focus]';
    const screen = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / ROW_PX) - 2);
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: screen, PageUp: -screen, Home: -Infinity, End: Infinity };
    const onRow = target.matches('[data-focus], .pick > input');
    if (onRow && event.key in moves) {
      const to = index + moves[event.key];
      if (event.shiftKey && Math.abs(moves[event.key]) === 1) {
        picking.add(index);
        picking.add(Math.max(0, Math.min(rows.length - 1, to)));
      }
      moveTo(to, part);
    } else if (event.key === ' ' && target.matches('a[data-focus]') && selection) {
      picking.toggle(index, event.shiftKey);
    } else if (event.key === 'a' && event.ctrlKey && selection && onRow) {
      picking.all(true);
    } else if (event.key === 'Escape' && selection?.value.size) {
      picking.all(false);
    } else {
      return;
    }
    event.preventDefault();
  };

  const onClick = (/** @type {any} */ event) => {
    const index = indexOf(event);
    if (index < 0 || event.defaultPrevented) return;
    if (event.target.matches('.pick, .pick > input')) {
      picking.toggle(index, event.shiftKey);
      return;
    }
    // Anywhere on a row is its link, unless one marks text or meets another control.
    if (event.target.closest('a, button, input, [tabindex="0"]') || window.getSelection()?.toString()) return;
    event.target.closest('tr').querySelector('a[data-focus]')?.click();
  };

  const onFocus = (/** @type {any} */ event) => {
    const index = indexOf(event);
    if (!rows[index]) return;
    hint.current = index;
    setActive(rowKey(rows[index]));
  };

  if (props.rows && total === 0) return html`<div class="table-empty">${empty}</div>`;

  const picked = selection?.value;
  const some = picked && picked.size > 0 && rows.some((row) => picked.has(rowKey(row)));
  const every = some && rows.every((row) => picked.has(rowKey(row)));
  const mixed = (/** @type {HTMLInputElement | null} */ input) => {
    if (input) input.indeterminate = Boolean(some && !every);
  };
  const pick = selection && html`<input type="checkbox" ref=${mixed} checked=${every} aria-label="Select all loaded rows" onClick=${() => picking.all(!every)} />`;
  const span = columns.length + (selection ? 1 : 0);
  const slots = assign(indices.flatMap((index) => (rows[index] ? [rowKey(rows[index])] : [])));
  let reached = paged ? first : 0;
  const body = indices.flatMap((index) => {
    const gap = index > reached ? [html`<${Gap} key=${`gap${reached}`} rows=${index - reached} span=${span} />`] : [];
    reached = index + 1;
    const row = rows[index];
    if (!row) return [...gap, html`<${GreyRow} key=${`grey${index}`} index=${index} columns=${columns} pickable=${Boolean(selection)} />`];
    const key = rowKey(row);
    return [...gap, html`<${Row} key=${slots.get(key)} row=${row} index=${index} columns=${columns} pickable=${Boolean(selection)} picked=${Boolean(picked?.has(key))}
      tab=${paged || index === firstTab ? 0 : -1} href=${rowHref(row)} name=${rowName(row)} />`];
  });
  if (!paged && reached < total) body.push(html`<${Gap} key="gap-end" rows=${total - reached} span=${span} />`);

  return html`<div class="vtable" data-fill=${fill && !paged ? '' : undefined} ref=${box} onScroll=${() => requestAnimationFrame(() => looking.current())}>
      <table aria-rowcount=${props.rows === undefined ? -1 : total + 1} aria-busy=${props.rows === undefined ? 'true' : undefined}>
        <caption class="sr-only">${caption}</caption>
        <${Widths} columns=${columns} pickable=${Boolean(selection)} />
        <${Head} columns=${columns} sort=${sort} onSort=${onSort} pick=${pick} />
        <tbody onClick=${onClick} onKeyDown=${onKey} onFocusIn=${onFocus}>${body}</tbody>
      </table>
    </div>
    ${paged > 0 && html`<${Pages} first=${first} end=${end} total=${total} page=${page} onPage=${setPage} />`}`;
}

/** The columns there is room for; the same array as long as they are the same. @param {Column[]} columns @param {number} wide */
function useColumns(columns, wide) {
  const kept = useRef(/** @type {{ from: Column[], names: string, columns: Column[] } | null} */ (null));
  const fitting = columns.filter((c, i) => i === 0 || !c.from || wide >= c.from);
  const names = fitting.map((c) => c.key).join();
  if (kept.current?.from !== columns || kept.current.names !== names) kept.current = { from: columns, names, columns: fitting };
  return kept.current.columns;
}

/** @param {{ first: number, end: number, total: number, page: number, onPage: (page: number) => void }} props */
function Pages({ first, end, total, page, onPage }) {
  const turn = (/** @type {number} */ to) => {
    onPage(to);
    announce(`Page ${to + 1}`);
  };
  return html`<nav class="table-pages" aria-label="Pages of the table">
    <${Button} size="small" icon="left" disabled=${page === 0} onClick=${() => turn(page - 1)}>Previous<//>
    <span class="num">${num(first + 1)}–${num(end)} of ${num(total)}</span>
    <${Button} size="small" disabled=${end >= total} onClick=${() => turn(page + 1)}>Next<${Icon} name="right" /><//>
  </nav>`;
}

/**
 * Which columns are shown, and whether in pages.
 *
 * @param {{ columns: Column[], hidden: string[], onHidden: (keys: string[]) => void, paged: boolean, onPaged: (on: boolean) => void }} props
 */
export function TableMenu({ columns, hidden, onHidden, paged, onPaged }) {
  const items = columns.slice(1).map((c) => {
    const off = hidden.includes(c.key);
    return { label: c.label, checked: !off, onClick: () => onHidden(off ? hidden.filter((key) => key !== c.key) : [...hidden, c.key]) };
  });
  return html`<${Menu} label="Columns" icon="columns" align="end"
    items=${[...items, { line: true }, { label: 'Show in pages', checked: paged, onClick: () => onPaged(!paged) }]} />`;
}
