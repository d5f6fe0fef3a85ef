// The only copy of Preact in the application: every module imports from /vendor/preact.js and nothing else of it.

import { h } from 'preact';
import htm from 'htm';

export { h, render, Fragment, Component, createRef, createContext } from 'preact';
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext } from 'preact/hooks';
export { Signal, signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect } from '@preact/signals';
export const html = htm.bind(h);
