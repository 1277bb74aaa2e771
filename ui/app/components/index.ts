// The pieces of which pages are made.
export { Button, Key } from "./Button";
export { Dialog } from "./Dialog";
export { Help, showHelp } from "./Help";
export { Labelled, type Tied } from "./Labelled";
export { Long } from "./Long";
export { Estimated, Interval, Progress, Time, ago, isEstimate, type Estimate } from "./Numbers";
export { Empty, Loading, Notice, Opening, Page } from "./Page";
export { columnsOf, fieldsOf, numbered, type Row } from "./records";
export { Prose } from "./Prose";
export { Secret } from "./Secret";
export { Status, StatusDot, type Tone } from "./Status";
export { Table, type Column } from "./Table";
export { Toasts } from "./Toasts";
export { Fields, Value } from "./Value";
