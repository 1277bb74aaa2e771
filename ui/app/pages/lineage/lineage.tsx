import { Loading } from "../../components";
import { address } from "../../core/api";
import { useGet } from "../../core/use";
import type { Trace } from "../../wire";
import { Neighbours, page, sideOf, walkKeys } from "./walk";

/** traced is where the server tells of something and its first neighbours. */
export const traced = (node: string): string => `${address("/api/trace", node)}?limit=${page}`;

/** Lineage is what something came from and what came of it, on its own page. */
export function Lineage({ node }: { node: string }) {
  const trace = useGet<Trace>(traced(node));
  return (
    <section aria-label="Lineage" onKeyDown={walkKeys}>
      <Loading of={trace} what="its lineage">{(t) => <Sides trace={t} />}</Loading>
    </section>
  );
}

/** Sides are both directions beside each other. */
export function Sides({ trace: t }: { trace: Trace }) {
  return (
    <div class="columns">
      <div>
        <h2>What this came from</h2>
        <Neighbours key={t.node} node={t.node} way="from" side={sideOf(t, "from")} path={[]} />
      </div>
      <div>
        <h2>What this changed</h2>
        <Neighbours key={t.node} node={t.node} way="to" side={sideOf(t, "to")} path={[]} />
      </div>
    </div>
  );
}
