import { Notice } from "../../components";
import type { StoryCall } from "../../wire";

/** written is a value as lines, so that two can be held beside each other. */
export const written = (value: unknown): string[] => JSON.stringify(value, null, 2)?.split("\n") ?? ["nothing"];

/** differing says which lines of one are not in the other, in order. */
export function differing(lines: string[], others: string[]): boolean[] {
  // The longest common subsequence of lines; values are small, or they were refused.
  const n = lines.length;
  const m = others.length;
  if (n * m > 4e6) return lines.map((line, i) => line !== others[i]);
  const longest = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = n - 1; i >= 0; i--) {
    const row = longest[i] as Uint32Array;
    for (let j = m - 1; j >= 0; j--) row[j] = lines[i] === others[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const differs: boolean[] = [];
  for (let i = 0, j = 0; i < n; ) {
    if (j < m && lines[i] === others[j]) {
      differs.push(false);
      i++;
      j++;
    } else if (j < m && at(i, j + 1) > at(i + 1, j)) j++;
    else {
      differs.push(true);
      i++;
    }
  }
  return differs;
}

/** Divergence shows what the record says a call was, and what the script calls now. */
export function Divergence({ call: c }: { call: StoryCall }) {
  const before = written(c.recorded);
  const now = written({ primitive: c.primitive, args: c.args }); // as what is on record is told
  return (
    <>
      <Notice bad>
        The script does not call here what it called the first time, so its record cannot be taken for an answer.
        Re-open the call to drop what is recorded and ask again, or start the flow anew with the script as it was.
      </Notice>
      <div class="columns">
        <Side title="On record" sign="−" lines={before} marks={differing(before, now)} />
        <Side title="What the script calls now" sign="+" lines={now} marks={differing(now, before)} />
      </div>
    </>
  );
}

function Side({ title, sign, lines, marks }: { title: string; sign: string; lines: string[]; marks: boolean[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <pre class="script" tabIndex={0} aria-label={title}>
        {lines.map((line, i) => (
          <span key={i} class={marks[i] ? "differs" : undefined}>{marks[i] ? sign : " "} {line}{"\n"}</span>
        ))}
      </pre>
    </div>
  );
}
