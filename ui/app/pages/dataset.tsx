import { useState } from "preact/hooks";
import { Button, columnsOf, Empty, Loading, numbered, Page, Table, Time, type Column, type Row } from "../components";
import { address } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { bytes, number, plural } from "../core/text";
import { useGet } from "../core/use";
import type { DatasetPage, DatasetRow } from "../wire";
import type { PageProps } from "./catalog";
import { Exports } from "./data/exports";
import { Learn } from "./learn";
import { traceOf } from "./lineage/node";
import { startWith } from "./start/given";
import { Cites } from "./story/cites";

const page = 50;

/** Dataset shows the records of a dataset, fifty at a time. */
export default function Dataset({ params }: PageProps) {
  const name = params.name ?? "";
  const [offset, setOffset] = useState(0);
  const data = useGet<DatasetPage>(`${address("/api/datasets", name)}?offset=${offset}&limit=${page}`);
  const all = useFresh<DatasetRow[]>("/api/datasets", "data", (news) => news.data ?? []).value;
  const total = all?.find((d) => d.name === name)?.records ?? data.value?.records ?? 0;
  const last = Math.max(0, Math.ceil(total / page) - 1) * page;
  const turn = (to: number) => setOffset(Math.min(Math.max(0, to), last));
  useKeys([
    { key: "ArrowLeft", does: `The ${page} before`, run: () => turn(offset - page), when: () => offset > 0 },
    { key: "ArrowRight", does: `The next ${page}`, run: () => turn(offset + page), when: () => offset < last },
  ]);
  return (
    <Page title={name} back={{ href: "/data", title: "Data" }} actions={<><Exports name={name} collected={data.value?.kind === "collected"} /><Button onPress={() => startWith("flow", { data: name })}>Start a flow</Button></>}>
      <Loading of={data} what="the records">
        {(d) => (
          <>
            <p class="facts">
              <span>{d.kind}{d.source && ` from ${d.source}`}</span>
              <span>{plural(total, "record")}</span>
              {d.bytes > 0 && <span>{bytes(d.bytes)}</span>}
              <span>made <Time at={d.created} /></span>
              {d.digest && <span title={`SHA-256 ${d.digest}`}>SHA-256 <code>{d.digest.slice(0, 12)}</code></span>}
            </p>
            <Learn data={name} />
            {d.rows.length === 0 ? (
              <Empty title="No record yet">{d.kind === "collected" ? "Records appear here as soon as a flow makes some." : "The file that was imported has none."}</Empty>
            ) : (
              <Records page={d} />
            )}
            {total > page && (
              <nav class="row" aria-label="Pages of records">
                <Button disabled={offset === 0} onPress={() => turn(0)}>First</Button>
                <Button disabled={offset === 0} onPress={() => turn(offset - page)} shortcut={{ key: "ArrowLeft" }}>Before</Button>
                <span>{number(d.offset + 1)}–{number(d.offset + d.rows.length)} of {number(total)}</span>
                <Button disabled={offset >= last} onPress={() => turn(offset + page)} shortcut={{ key: "ArrowRight" }}>Next</Button>
                <Button disabled={offset >= last} onPress={() => turn(last)}>Last</Button>
                {total > d.offset + d.rows.length && offset >= last && <Button onPress={data.again}>Show what came since</Button>}
              </nav>
            )}
          </>
        )}
      </Loading>
    </Page>
  );
}

function Records({ page: d }: { page: DatasetPage }) {
  const [hidden, setHidden] = useState<string[]>([]);
  const shown = d.fields.filter((f) => !hidden.includes(f));
  const from = (r: Row) => d.of?.[r.number - d.offset - 1] ?? [];
  const columns: Column<Row>[] = [
    { title: "#", cell: (r) => <RowNumber row={r} node={d.nodes?.[r.number - d.offset - 1]} />, end: true },
    ...columnsOf(d.rows, shown),
    ...(d.of?.some((ids) => ids.length > 0) ? [{ title: "Came from", cell: (r: Row) => <Cites of={from(r)} /> }] : []),
  ];
  const turn = (field: string) => setHidden(hidden.includes(field) ? hidden.filter((f) => f !== field) : [...hidden, field]);
  return (
    <>
      <div class="chips" role="group" aria-label="Fields that are shown">
        {d.fields.map((f) => (
          <button key={f} type="button" class="chip" aria-pressed={!hidden.includes(f)} onClick={() => turn(f)}>{f}</button>
        ))}
      </div>
      <Table texts label="Records" columns={columns} rows={numbered(d.rows, d.offset)} id={(r) => String(r.number)} />
    </>
  );
}

/** RowNumber is the number of a row, and leads to what the row came from and what it changed. */
function RowNumber({ row: r, node }: { row: Row; node: string | undefined }) {
  if (!node) return <span class="faint">{number(r.number)}</span>;
  return <a href={traceOf(node)} aria-label={`Where row ${r.number} came from, and what it changed`} title="where it came from, and what it changed">{number(r.number)}</a>;
}
