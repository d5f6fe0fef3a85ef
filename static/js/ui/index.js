// Everything a page builds with. Components know nothing of chemistry or of the API; table.js and log.js are imported by
// the pages that need them.

export { Banners, setBanner } from './banner.js';
export { Button } from './button.js';
export { Card, Empty, Facts, Notice, Problem, Skeleton } from './card.js';
export { copyText } from './clipboard.js';
export { Code, Copy } from './copy.js';
export { confirm, ConfirmHost, Dialog } from './dialog.js';
export { Field, useFieldLinks, useId } from './field.js';
export { Icon } from './icon.js';
export { Check, Input, NumberInput, Radio, readNumber, Search, Select } from './input.js';
export { Menu, place as placeAt } from './menu.js';
export { Meter, Progress } from './meter.js';
export { Page, place } from './page.js';
export { Spark } from './spark.js';
export { Split } from './split.js';
export { State, STATES } from './state.js';
export { Tabs } from './tabs.js';
export { Time } from './time.js';
export { announce, toast, ToastHost } from './toast.js';
export { Tooltip } from './tooltip.js';
