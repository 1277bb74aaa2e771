import { Empty, Loading, Page, Table, Time, type Column } from "../components";
import { address } from "../core/api";
import { useGet } from "../core/use";
import type { ModelRow } from "../wire";

const columns: Column<ModelRow>[] = [
  { title: "Model", cell: (m) => <a href={address("/models", m.name)}>{m.name}</a>, sort: (m) => m.name },
  { title: "Kind", cell: (m) => m.kind, sort: (m) => m.kind },
  { title: "On", cell: (m) => (m.base ? <a href={address("/models", m.base)}>{m.base}</a> : "–"), sort: (m) => m.base },
  { title: "Came from", cell: (m) => <Origin of={m} />, sort: (m) => m.from_run },
  { title: "Version", cell: (m) => m.version || "–", sort: (m) => m.version, end: true },
  { title: "Made", cell: (m) => (m.carried ? "–" : <Time at={m.created} />), sort: (m) => m.created },
  { title: "Note", cell: (m) => m.note, wide: true },
];

/** Models lists the models that scripts can name: those that the program carries, and those that runs kept. */
export default function Models() {
  const models = useGet<ModelRow[]>("/api/models");
  return (
    <Page title="Models" actions={<><a class="button" href="/playground">Two side by side</a><a class="button" href="/runs?start=">Train one</a></>}>
      <Loading of={models} what="the models">
        {(all) =>
          all.length === 0 ? (
            <Empty title="No model here">
              This binary was built without its models, and no run has kept one. <code>make build</code> lays one in; <code>workbench models add FOLDER</code> adds your own.
            </Empty>
          ) : (
            <Table label="Models" columns={columns} rows={all} id={(m) => m.name} />
          )
        }
      </Loading>
    </Page>
  );
}

/** Origin is where a model came from. */
export function Origin({ of: m }: { of: ModelRow }) {
  if (m.from_run) return <a href={address("/runs", m.from_run)}>run …{m.from_run.slice(-6)}</a>;
  return <>{m.carried ? "the program carries it" : "a file"}</>;
}
