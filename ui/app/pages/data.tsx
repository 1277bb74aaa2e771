import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Dialog, Empty, Loading, Page, Table, Time, type Column } from "../components";
import { useAct } from "../core/act";
import { address, remove } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { toast } from "../core/state";
import { bytes, number, plural } from "../core/text";
import type { DatasetRow } from "../wire";
import { Exports } from "./data/exports";
import { choose, Imports } from "./data/imports";

/** Data lists what was imported and what flows collected; files that are dropped here are imported. */
export default function Data() {
  const data = useFresh<DatasetRow[]>("/api/datasets", "data", (news) => news.data ?? []);
  const input = useRef<HTMLInputElement>(null);
  const over = useDrop(choose);
  const [losing, setLosing] = useState<DatasetRow>();
  useKeys([{ key: "i", does: "Import a file", run: () => input.current?.click() }]);
  const columns: Column<DatasetRow>[] = [
    { title: "Name", cell: (d) => <a href={address("/data", d.name)}>{d.name}</a>, sort: (d) => d.name },
    { title: "Kind", cell: (d) => <>{d.kind} {d.source && <small class="faint">from {d.source}</small>}</>, sort: (d) => d.kind },
    { title: "Records", cell: (d) => number(d.records), sort: (d) => d.records, end: true },
    { title: "Size", cell: (d) => (d.bytes > 0 ? bytes(d.bytes) : "–"), sort: (d) => d.bytes, end: true },
    { title: "Made", cell: (d) => <Time at={d.created} />, sort: (d) => d.created },
    { title: "Export", cell: (d) => <Exports name={d.name} collected={d.kind === "collected"} /> },
    { title: "Actions", cell: (d) => d.kind === "imported" && <Button kind="quiet" onPress={() => setLosing(d)} label={`Forget ${d.name}`}>Forget</Button> },
  ];
  const button = <Button kind="primary" onPress={() => input.current?.click()} shortcut={{ key: "i" }}>Import a file</Button>;
  return (
    <Page title="Data" actions={button}>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to import"
        onChange={(e) => {
          choose(e.currentTarget.files ?? []);
          e.currentTarget.value = "";
        }}
      />
      {over && <div class="drop" role="status">Let go to import</div>}
      <Imports pick={() => input.current?.click()} done={data.again} taken={(data.value ?? []).map((d) => d.name)} />
      <Loading of={data} what="the data">
        {(all) =>
          all.length === 0 ? (
            <Empty title="No data yet" action={button}>
              Prompts, comparisons, demonstrations and books come from files: JSON lines, CSV or plain text, also compressed with gzip. Drop one here,
              choose it, or type <code>workbench data import FILE --name prompts</code>. What flows record appears here too.
            </Empty>
          ) : (
            <Table label="Data" columns={columns} rows={all} id={(d) => d.name} />
          )
        }
      </Loading>
      {losing && <Forget data={losing} onClose={() => setLosing(undefined)} done={data.again} />}
    </Page>
  );
}

/** useDrop hears of files that are dragged over the page; true while some are. */
function useDrop(take: (files: Iterable<File>) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (e: DragEvent) => e.dataTransfer?.types.includes("Files") ?? false;
    const drag = (e: DragEvent) => {
      if (!hasFiles(e)) return;
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent) => e.relatedTarget === null && setOver(false);
    const drop = (e: DragEvent) => {
      if (!hasFiles(e)) return;
      e.preventDefault();
      setOver(false);
      take(e.dataTransfer?.files ?? []);
    };
    addEventListener("dragover", drag);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return over;
}

function Forget({ data: d, onClose, done }: { data: DatasetRow; onClose: () => void; done: () => void }) {
  const [busy, act] = useAct();
  const forget = () =>
    act(async () => {
      await remove(address("/api/datasets", d.name));
      toast(`${d.name} is forgotten.`);
      done();
      onClose();
    });
  return (
    <Dialog title={`Forget ${d.name}?`} onClose={onClose} actions={<Button kind="danger" busy={busy} onPress={() => void forget()}>Forget {d.name}</Button>}>
      <p>The name {d.name} and {plural(d.records, "record")} disappear from this list. Flows and runs that used them keep what they read; nothing new can be started with it.</p>
      <p>To keep a copy, export it first: <Exports name={d.name} /></p>
    </Dialog>
  );
}
