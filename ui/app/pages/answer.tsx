import { Opening, Page, Time } from "../components";
import { address } from "../core/api";
import { duration } from "../core/text";
import { useGet } from "../core/use";
import type { AnswerDetail } from "../wire";
import type { PageProps } from "./catalog";
import { numberOf } from "./flow/names";
import { Lineage } from "./lineage/lineage";
import { Item, Said } from "./story/said";

/** Answer is one answer: what was asked, what was said, and what came of it. */
export default function Answer({ params }: PageProps) {
  const answer = useGet<AnswerDetail>(address("/api/answers", params.id ?? ""));
  return (
    <Opening of={answer} title="Answer" back={{ href: "/flows", title: "Flows" }}>
      {(a) => (
        <Page title={`Answer to “${a.form.title}”`} back={{ href: address("/instances", a.instance), title: `${a.flow_name}, ${numberOf(a.instance)}` }}>
          <p class="facts">
            <span>by <a href="/people">{a.person}</a></span>
            <span><Time at={a.time} /></span>
            <span>{duration(a.seconds)} of active time</span>
            {a.late && <span class="tag" title="It came after the lease had ended, when others had answered">late: kept, not counted</span>}
            {a.undone && <span class="tag">taken back: kept, not counted</span>}
          </p>
          <section class="columns">
            <div>
              <h2>What was said</h2>
              <Said form={a.form} values={a.values} />
            </div>
            <div>
              <h2>What was asked</h2>
              <Item form={a.form} item={a.item} />
            </div>
          </section>
          {a.undone ? <p class="faint">Nothing came of it: it was taken back.</p> : <Lineage node={`answer:${a.id}`} />}
        </Page>
      )}
    </Opening>
  );
}
