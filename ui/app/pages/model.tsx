import { Opening, Page, Table, Time, type Column } from "../components";
import { address } from "../core/api";
import { useGet } from "../core/use";
import type { ModelDetail, ModelRow } from "../wire";
import type { PageProps } from "./catalog";
import { Lineage } from "./lineage/lineage";
import { Try } from "./model/try";
import { beside, writes } from "./model/writes";
import { Origin } from "./models";

const columns: Column<ModelRow>[] = [
  { title: "Version", cell: (m) => m.version, sort: (m) => m.version, end: true },
  { title: "Made", cell: (m) => <Time at={m.created} />, sort: (m) => m.created },
  { title: "Came from", cell: (m) => <Origin of={m} /> },
  { title: "Content", cell: (m) => <code title={m.digest}>{m.digest.slice(0, 12)}</code> },
  { title: "Note", cell: (m) => m.note, wide: true },
];

/** Model is one model: what it says, what it came from, and what used it since. */
export default function Model({ params }: PageProps) {
  const model = useGet<ModelDetail>(address("/api/models", params.name ?? ""));
  return (
    <Opening of={model} title="Model" back={{ href: "/models", title: "Models" }}>
      {(m) => (
        <Page title={m.name} back={{ href: "/models", title: "Models" }} actions={writes(m) && <a class="button" href={beside(m.name, m.base)}>Beside another</a>}>
          <p class="facts">
            <span>{m.kind}</span>
            {m.base && <span>on <a href={address("/models", m.base)}>{m.base}</a></span>}
            {m.carried ? <span>carried by the program</span> : <span>made <Time at={m.created} /></span>}
            {m.digest && <span title={m.digest}>content <code>{m.digest.slice(0, 12)}</code></span>}
            {m.note && <span>{m.note}</span>}
          </p>
          <Try model={m} />
          <Lineage node={m.digest ? `model:${m.digest}` : m.name} />
          {m.versions.length > 0 && (
            <section>
              <h2>Versions</h2>
              <Table label="Versions" columns={columns} rows={m.versions} id={(v) => String(v.version)} order={{ column: "Version", down: true }} />
            </section>
          )}
        </Page>
      )}
    </Opening>
  );
}
