import { address } from "../../core/api";
import { called, callIn, isNode, pageOf, placeOfCall, traceOf } from "../lineage/node";

/** Place is where something that a record cites can be looked at. */
export interface Place {
  href?: string; // nowhere, where it has no page
  says: string;
}

const instance = /^[0-9A-HJKMNP-TV-Z]{26}\.[0-9.~]+$/;
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** cited finds the page of what is cited: by its name in the lineage, or by an id as scripts have it. */
export function cited(id: string): Place {
  if (isNode(id)) return { href: pageOf(id), says: called(id) };
  const at = callIn(id);
  if (at) return { href: placeOfCall(at.instance, at.call), says: called(`${at.sample ? "sample" : "call"}:${id}`) };
  if (instance.test(id)) return { href: address("/instances", id), says: "instance" };
  if (ulid.test(id)) return { href: traceOf(id), says: `…${id.slice(-5)}` }; // an answer, or a row: the server knows
  return { says: id };
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
