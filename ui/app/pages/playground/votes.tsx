import { Button, Interval } from "../../components";
import { address } from "../../core/api";
import { plural } from "../../core/text";
import { verdict, winsOf, type Count } from "./tally";

interface Props {
  count: Count;
  a: string;
  b: string;
  dataset: string;
  hidden: boolean; // while it would tell who says what
  clear: () => void;
}

/** Tally is how the votes between two models stand. */
export function Tally({ count: c, a, b, dataset, hidden, clear }: Props) {
  const n = c.a + c.b + c.tie;
  return (
    <section aria-label="Votes">
      <h2>Votes</h2>
      {a === b ? (
        <p class="faint">Both are {a}: what they say differs by chance alone, and is not counted.</p>
      ) : n === 0 ? (
        <p class="faint">None between these two yet.</p>
      ) : hidden ? (
        <p class="faint">{plural(n, "vote")} so far. How they stand is shown when you have voted.</p>
      ) : (
        <>
          <dl class="fields">
            <div><dt>{a}</dt><dd><Interval {...winsOf(c)} /> <small class="faint">won {c.a}</small></dd></div>
            <div><dt>{b}</dt><dd><Interval {...winsOf({ a: c.b, b: c.a, tie: c.tie })} /> <small class="faint">won {c.b}</small></dd></div>
          </dl>
          <p>{verdict(c, a, b)} {c.tie > 0 && <span class="faint">Ties ({c.tie}) count half for each.</span>}</p>
          <p class="row"><span>They are rows of <a href={address("/data", dataset)}>{dataset}</a>.</span> <Button kind="quiet" onPress={clear}>Count anew</Button></p>
        </>
      )}
    </section>
  );
}
