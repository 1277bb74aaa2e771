import { Opening, Page } from "../components";
import { useGet } from "../core/use";
import type { Trace as Found } from "../wire";
import type { PageProps } from "./catalog";
import { Sides, traced } from "./lineage/lineage";
import { called } from "./lineage/node";
import { walkKeys } from "./lineage/walk";

/** Trace shows anything that records cite: what it is, what it came from, and what came of it. */
export default function Trace({ params }: PageProps) {
  const trace = useGet<Found>(traced(params.node ?? ""));
  return (
    <Opening of={trace} title="Lineage" back={{ href: "/flows", title: "Flows" }}>
      {(t) => (
        <Page title={t.title || called(t.node)} actions={t.page && <a class="button" href={t.page}>{t.kind === "row" ? "Its dataset" : "Its page"}</a>}>
          <p class="facts"><span>{t.kind}</span> <code>{t.node.slice(t.kind.length + 1)}</code></p>
          <dl class="fields">
            {t.facts.map((f) => <div key={f.name}><dt>{f.name}</dt><dd class="text">{f.value}</dd></div>)}
          </dl>
          <section aria-label="Lineage" onKeyDown={walkKeys}><Sides trace={t} /></section>
        </Page>
      )}
    </Opening>
  );
}
