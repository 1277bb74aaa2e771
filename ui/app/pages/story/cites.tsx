import { address } from "../../core/api";
import type { StoryCall } from "../../wire";

/** Place is where something that a record cites can be looked at. */
export interface Place {
  href?: string; // nowhere, where it has no page
  says: string;
}

const ulid = "[0-9A-HJKMNP-TV-Z]{26}";
const call = new RegExp(`^(${ulid}\\.[0-9.~]+):(\\d+)[^/]*(?:/(\\d+))?$`);
const instance = new RegExp(`^${ulid}\\.[0-9.~]+$`);
const answer = new RegExp(`^${ulid}$`);

/** cited finds the page of an id: a call of an instance or a sample that it made, an instance, a run, an answer. */
export function cited(id: string): Place {
  const [, whose, number, sample] = call.exec(id) ?? [];
  if (whose && number) return { href: placeOf(whose, Number(number)), says: `${sample ? `sample ${sample} of ` : ""}call ${Number(number)}` };
  if (instance.test(id)) return { href: address("/instances", id), says: "instance" };
  if (answer.test(id)) return { href: address("/answers", id), says: `answer …${id.slice(-5)}` };
  const [, kind, rest] = /^(\w+):(.+)$/.exec(id) ?? [];
  if (kind === "run" && rest) return { href: address("/runs", rest), says: `run …${rest.slice(-5)}` };
  if (kind && rest) return { says: `${kind} ${rest.slice(0, 12)}` };
  return { says: id };
}

/** placeOf is the address of a call in the story of its instance. */
export const placeOf = (id: string, number: number): string => `${address("/instances", id)}#call-${number}`;

/** instanceOf is the instance whose call put a task before people. */
export const instanceOf = (task: string): { id: string; call: number } => {
  const [id = "", number = ""] = task.split(":");
  return { id, call: Number.parseInt(number, 10) || 0 };
};

/** citedBy are the ids of what a call came from: what its result cites, and what its script says. */
export function citedBy(c: StoryCall): string[] {
  const of = (c.args as { of?: unknown } | null)?.of;
  const said = c.primitive === "record" && Array.isArray(of) ? of.filter((id): id is string => typeof id === "string") : [];
  return [...new Set([...c.cites, ...said])];
}

/** Cites are links to what something came from. */
export function Cites({ of }: { of: string[] }) {
  return (
    <ul class="cites">
      {of.map((id) => {
        const place = cited(id);
        return <li key={id}>{place.href ? <a href={place.href} title={id}>{place.says}</a> : <code title={id}>{place.says}</code>}</li>;
      })}
    </ul>
  );
}
