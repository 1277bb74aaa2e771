import { Loading, Opening, Page, Time } from "../components";
import { address } from "../core/api";
import { duration } from "../core/text";
import { useGet } from "../core/use";
import type { AnswerDetail, Story } from "../wire";
import type { PageProps } from "./catalog";
import { numberOf } from "./flow/names";
import { citedBy, instanceOf, placeOf } from "./story/cites";
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
          <section>
            <h2>What came of it</h2>
            <Consequences answer={a} />
          </section>
        </Page>
      )}
    </Opening>
  );
}

/** Consequences are the calls of the story in which the answer was read, and later ones that cite it. */
function Consequences({ answer: a }: { answer: AnswerDetail }) {
  const story = useGet<Story>(address("/api/instances", a.instance));
  const asked = instanceOf(a.task).call;
  return (
    <Loading of={story} what="what came of it">
      {(s) => {
        const citing = s.calls.filter((c) => c.status !== "dropped" && citedBy(c).includes(`answer:${a.id}`));
        return (
          <ul class="links">
            <li><a href={placeOf(a.instance, asked)}>Call {asked} of {numberOf(a.instance)}</a> put the question, in <a href={address("/flows", a.flow)}>{a.flow_name}</a>.</li>
            {citing.filter((c) => c.call !== asked).map((c) => (
              <li key={c.call}><a href={placeOf(a.instance, c.call)}>Call {c.call}, {c.form?.title ?? c.primitive}</a> cites it.</li>
            ))}
            {a.undone && <li>Nothing: it was taken back.</li>}
          </ul>
        );
      }}
    </Loading>
  );
}
