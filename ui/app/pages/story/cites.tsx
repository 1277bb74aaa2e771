import { address } from "../../core/api";
import type { StoryCall } from "../../wire";

/** Place is where something that a record cites can be looked at. */
export interface Place {
  href?: string; // nowhere, where it has no page
  says: string;
}

const call = /^([^:]+):(\d+)[^/]*(?:\/(\d+))?$/;

/** cited finds the page of a node of the lineage, which is named kind:id. */
export function cited(name: string): Place {
  const [, kind, id = ""] = /^(\w+):(.+)$/.exec(name) ?? [];
  const [, whose, number, sample] = call.exec(id) ?? [];
  const [dataset = ""] = id.split("/");
  switch (kind) {
    case "call":
    case "task":
    case "sample":
      if (whose && number) return { href: placeOf(whose, Number(number)), says: `${sample ? `sample ${sample} of ` : ""}call ${Number(number)}` };
      return { says: name };
    case "instance":
      return { href: address("/instances", id), says: "instance" };
    case "answer":
      return { href: address("/answers", id), says: `answer …${id.slice(-5)}` };
    case "row":
      return { href: address("/data", dataset), says: `row …${id.slice(-5)} of ${dataset}` };
    case "run":
      return { href: address("/runs", id), says: `run …${id.slice(-5)}` };
  }
  return kind ? { says: `${kind} ${id.slice(0, 12)}` } : { says: name };
}

/** placeOf is the address of a call in the story of its instance. */
export const placeOf = (id: string, number: number): string => `${address("/instances", id)}#call-${number}`;

/** instanceOf is the instance whose call put a task before people. */
export const instanceOf = (task: string): { id: string; call: number } => {
  const [id = "", number = ""] = task.split(":");
  return { id, call: Number.parseInt(number, 10) || 0 };
};

/** citedBy are the nodes that a call came from. */
export const citedBy = (c: StoryCall): string[] => c.cites;

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
