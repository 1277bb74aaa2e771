import { useState } from "preact/hooks";
import { Button, Notice } from "../../components";
import { address, get, words } from "../../core/api";
import { number, plural } from "../../core/text";
import type { Trace, TraceLink } from "../../wire";
import { called, pageFor } from "./node";

/** Way is the direction of a walk: to what something came from, or to what came of it. */
export type Way = "from" | "to";

/** Side is what is known of the neighbours of a node in one direction. */
interface Side {
  links: TraceLink[];
  counts: Record<string, number>; // of all, by kind
  next: number; // where those that are missing begin; 0 where none is
}

/** sideOf are the neighbours of a trace in one direction. */
export const sideOf = (t: Trace, way: Way): Side =>
  way === "from" ? { links: t.from, counts: t.from_counts, next: t.from_next } : { links: t.to, counts: t.to_counts, next: t.to_next };

export const page = 20; // neighbours at a time

const ask = (node: string, way: Way, kind: string, skip: number): Promise<Side> =>
  get<Trace>(`${address("/api/trace", node)}?${new URLSearchParams({ side: way, ...(kind && { kind }), skip: String(skip), limit: String(page) })}`).then((t) => sideOf(t, way));

interface Props {
  node: string;
  way: Way;
  side: Side; // its first neighbours
  path: string[]; // the nodes above, so that nobody walks in circles
}

/** Neighbours are what a node came from, or what came of it: some of each kind, and more when they are wanted. */
export function Neighbours({ node, way, side: first, path }: Props) {
  const [kind, setKind] = useState("");
  const [side, setSide] = useState(first);
  const [wrong, setWrong] = useState("");
  const all = Object.values(first.counts).reduce((a, b) => a + b, 0);
  const read = (of: string, skip: number) =>
    ask(node, way, of, skip).then(
      (more) => setSide((old) => ({ ...more, links: skip > 0 ? [...old.links, ...more.links] : more.links })),
      (e: unknown) => setWrong(words(e)),
    );
  const choose = (to: string) => {
    setKind(to);
    void read(to, 0);
  };
  const total = kind ? (first.counts[kind] ?? 0) : all;
  if (all === 0) return <p class="faint">{way === "from" ? "Nothing: it begins here." : "Nothing yet."}</p>;
  return (
    <>
      {Object.keys(first.counts).length > 1 && all > 5 && (
        <div class="chips" role="group" aria-label="Kinds">
          <button type="button" class="chip" aria-pressed={kind === ""} onClick={() => choose("")}>all {number(all)}</button>
          {Object.entries(first.counts).map(([name, n]) => (
            <button key={name} type="button" class="chip" aria-pressed={kind === name} onClick={() => choose(name)}>{plural(n, name, more(name))}</button>
          ))}
        </div>
      )}
      <ul class="walk">
        {side.links.map((link) => <Step key={`${link.node} ${link.how}`} link={link} way={way} path={[...path, node]} />)}
      </ul>
      {side.next > 0 && <Button onPress={() => void read(kind, side.next)}>{number(Math.min(page, total - side.links.length))} more of {number(total)}</Button>}
      {wrong && <Notice bad>{wrong}</Notice>}
    </>
  );
}

const more = (kind: string): string => (kind === "person" ? "people" : `${kind}s`);

/** Step is one neighbour: where it leads, and behind its arrow what lies further on the same way. */
function Step({ link: l, way, path }: { link: TraceLink; way: Way; path: string[] }) {
  const [open, setOpen] = useState(false);
  const [side, setSide] = useState<Side>();
  const [wrong, setWrong] = useState("");
  const turn = () => {
    setOpen(!open);
    if (!side) ask(l.node, way, "", 0).then(setSide, (e: unknown) => setWrong(words(e)));
  };
  const circle = path.includes(l.node);
  const title = l.title || called(l.node);
  return (
    <li>
      {circle ? <span class="turn" aria-hidden="true">↺</span> : (
        <button type="button" class="turn" aria-expanded={open} aria-label={`${way === "from" ? "What it came from" : "What came of it"}: ${title}`} onClick={turn}>{open ? "▾" : "▸"}</button>
      )}
      <small>{l.how} {l.kind}</small> <a href={pageFor(l)} title={l.node}>{title}</a>
      {open && (
        <div class="below">
          {wrong ? <Notice bad>{wrong}</Notice> : side ? <Neighbours node={l.node} way={way} side={side} path={path} /> : <p class="faint">Looking…</p>}
        </div>
      )}
    </li>
  );
}

/** walkKeys is where the arrow keys lead in a list of steps: up and down through what is shown, right to open, left to close or to what it stands below. */
export function walkKeys(event: KeyboardEvent): void {
  const at = (event.target as HTMLElement).closest<HTMLElement>(".walk li");
  const list = event.currentTarget as HTMLElement;
  if (!at || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const turn = at.querySelector<HTMLElement>(":scope > .turn[aria-expanded]");
  const open = turn?.getAttribute("aria-expanded") === "true";
  const links = [...list.querySelectorAll<HTMLElement>(".walk li > a")];
  const link = at.querySelector<HTMLElement>(":scope > a");
  const near = (by: number) => links[links.indexOf(link as HTMLElement) + by]?.focus();
  if (event.key === "ArrowDown") near(1);
  else if (event.key === "ArrowUp") near(-1);
  else if (event.key === "ArrowRight") open ? near(1) : turn?.click();
  else if (open) turn?.click();
  else at.parentElement?.closest(".walk li")?.querySelector<HTMLElement>(":scope > a")?.focus();
}
