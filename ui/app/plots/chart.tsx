import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { brief, precise } from "../core/text";
import { ink, pale, pens, useTheme } from "./ink";
import { grid, smoothed, summary } from "./series";

/** Curve is one line of a chart. */
export interface Curve {
  name: string;
  steps: number[];
  values: (number | null)[];
}

interface Props {
  title: string;
  x: string; // what the horizontal axis counts
  y: string; // the unit of the values; empty where it is not known
  curves: Curve[];
  smooth: number; // the window, in steps; 1 for none
  log: boolean; // a logarithmic vertical axis, where all values are above 0
}

const height = 200;

/** Chart draws curves over steps: smoothed ones strong, with the values themselves pale behind. */
export function Chart({ title, x, y, curves, smooth, log }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const theme = useTheme();
  const id = useId();
  const [at, setAt] = useState<number | null>(null); // index under the pointer
  const data = useMemo(() => {
    const g = grid(curves);
    const strong = g.columns.map((values) => smoothed(values, smooth));
    return { steps: g.steps, raw: g.columns, strong, drawn: [g.steps, ...(smooth > 1 ? g.columns : []), ...strong] as uPlot.AlignedData };
  }, [curves, smooth]);
  const canLog = data.raw.every((values) => values.every((v) => v === null || v > 0));
  const shape = [curves.map((c) => c.name).join("\n"), smooth > 1, log && canLog, theme].join("\n");
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const made = new uPlot(options({ x, y, width: box.clientWidth, names: curves.map((c) => c.name), behind: smooth > 1, log: log && canLog, hover: setAt }), data.drawn, box);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    resize.observe(box);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data.drawn), [data]);
  const shown = at ?? data.steps.length - 1;
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id}>
        <strong>{title}</strong>
        {y && <small>{y}</small>}
        {log && !canLog && <small>linear: some values are not above 0</small>}
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={curves.map((c) => summary(c.name, c.steps, c.values, precise)).join(". ")} />
      <p class="readout">
        <span>{data.steps[shown] === undefined ? "no value yet" : `${x} ${data.steps[shown]}`}</span>
        {curves.map((c, i) => (
          <span key={c.name}>
            {curves.length > 1 && <><Stroke n={i} /> {c.name} </>}
            <b>{reading(data.raw[i]?.[shown])}</b>
            {smooth > 1 && <small> mean {reading(data.strong[i]?.[shown])}</small>}
          </span>
        ))}
      </p>
    </figure>
  );
}

const reading = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : precise(v));

/** Stroke is how a curve is drawn, for a legend. */
export function Stroke({ n }: { n: number }) {
  const pen = pens[n % pens.length];
  return (
    <svg class={`stroke pen-${(n % pens.length) + 1}`} viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="28" y2="4" stroke-dasharray={pen?.dash.join(" ")} />
    </svg>
  );
}

interface Wanted {
  x: string;
  y: string;
  width: number;
  names: string[];
  behind: boolean; // the values themselves, pale
  log: boolean;
  hover: (index: number | null) => void;
}

function options({ x, y, width, names, behind, log, hover }: Wanted): uPlot.Options {
  const soft = ink("--soft");
  const line = { stroke: ink("--line"), width: 1 };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: soft, font, labelFont: font, grid: line, ticks: line };
  const strokes = names.map((_, i) => ({ color: ink(pens[i % pens.length]?.color ?? "--ink"), dash: pens[i % pens.length]?.dash ?? [] }));
  const few = 40; // points that can be told apart; one alone has no line
  const points = { show: (u: uPlot) => u.data[0].length < few, size: 5 };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [
      { ...axis, label: x, labelSize: 18, size: 32, values: (_, ticks) => ticks.map((t) => (Number.isInteger(t) ? String(t) : "")) },
      { ...axis, ...(y && { label: y, labelSize: 18 }), size: 58, values: (_, ticks) => ticks.map((t) => (t === null ? "" : brief(t))) },
    ],
    series: [
      {},
      ...(behind ? names.map((name, i) => ({ label: name, stroke: pale(strokes[i]?.color ?? soft), width: 1, spanGaps: true, points })) : []),
      ...names.map((name, i) => ({ label: name, stroke: strokes[i]?.color ?? soft, dash: strokes[i]?.dash ?? [], width: 2, spanGaps: true, points })),
    ],
    hooks: { setCursor: [(u) => hover(u.cursor.idx ?? null)] },
  };
}
