import { useEffect, useState } from "preact/hooks";
import { Button, Loading, Long, Status, Table, Time, type Column } from "../../components";
import { address } from "../../core/api";
import { number } from "../../core/text";
import { useGet } from "../../core/use";
import { numberOf } from "./names";
import type { FlowDetail, InstanceList, InstanceSummary } from "../../wire";

const columns: Column<InstanceSummary>[] = [
  { title: "Item", cell: (i) => <a href={address("/instances", i.id)}>{nameOf(i)}</a>, wide: true },
  { title: "Status", cell: (i) => <Status is={i.status} /> },
  { title: "Where it stands", cell: (i) => (i.error ? <span class="wrong"><Long text={i.error} most={160} /></span> : i.waiting), wide: true },
  { title: "Changed", cell: (i) => <Time at={i.updated} /> },
];

const nameOf = (i: InstanceSummary): string => i.title || numberOf(i.id);

const page = 50;
const order = ["parked", "diverged", "waiting", "running", "done", "cancelled"];

/** Instances lists a flow's instances by where they stand, those that need somebody first. */
export function Instances({ flow: f }: { flow: FlowDetail }) {
  const [status, setStatus] = useState("");
  const [pages, setPages] = useState<string[]>([""]); // what was given as after, page by page
  const after = pages.at(-1) ?? "";
  const list = useGet<InstanceList>(`${address("/api/flows", f.id)}/instances?${new URLSearchParams({ status, after, limit: String(page) })}`);
  const moved = JSON.stringify([f.instances, f.steps, f.status]);
  useEffect(() => list.again(), [moved]);
  const choose = (to: string) => {
    setStatus(to);
    setPages([""]);
  };
  return (
    <section aria-label="Instances">
      <h2>Items</h2>
      <Loading of={list} what="the instances">
        {(l) => (
          <>
            <fieldset class="segments">
              <legend class="hidden">Where they stand</legend>
              {["", ...order.filter((s) => (l.counts[s] ?? 0) > 0 || s === status)].map((s) => (
                <label key={s}>
                  <input type="radio" name="status" checked={status === s} onChange={() => choose(s)} />
                  <span>{s || "all"} <small>{number(s ? (l.counts[s] ?? 0) : Object.values(l.counts).reduce((a, b) => a + b, 0))}</small></span>
                </label>
              ))}
            </fieldset>
            {l.instances.length === 0 ? (
              <p class="faint">{status ? `No item is ${status}.` : "No item has begun yet."}</p>
            ) : (
              <Table label="Items" columns={columns} rows={l.instances} id={(i) => i.id} />
            )}
            {(pages.length > 1 || l.next) && (
              <div class="row">
                <Button disabled={pages.length === 1} onPress={() => setPages(pages.slice(0, -1))}>Previous {page}</Button>
                <Button disabled={!l.next} onPress={() => setPages([...pages, l.next])}>Next {page}</Button>
              </div>
            )}
          </>
        )}
      </Loading>
    </section>
  );
}
