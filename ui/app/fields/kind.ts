import type { ComponentType } from "preact";
import { sentence } from "../core/text";
import type { Field } from "../wire";

/** Item is what a form is asked about. */
export type Item = Record<string, unknown>;

/** Quote is a stretch of one of the item's texts, in code points. */
export interface Quote {
  start: number;
  end: number;
  text: string;
}

/** Picking is what a field of quotes needs of the page: what is selected in its text now, and a way to select by keys. */
export interface Picking {
  selected: Quote | undefined;
  take: () => void; // the selection becomes a quote
  byKeys: () => void; // or one is made with the arrow keys
}

/** FieldProps is what the component of a kind of question is given. */
export interface FieldProps {
  field: Field;
  id: string; // of the element that a label points to; others begin with it
  value: unknown; // undefined while there is no answer
  set: (value: unknown) => void;
  problem?: string; // why the answer was not taken
  now: boolean; // digits go to this field
  picking?: Picking;
}

/** FieldKind is one kind of question: its half in the browser. */
export interface FieldKind {
  View: ComponentType<FieldProps>;
  /** digit is the answer after a digit was pressed (1 to 9, and 0 for ten); undefined: it means nothing here. Kinds without it take no digits. */
  digit?: (field: Field, value: unknown, digit: number) => unknown;
  /** digits says how many digits mean something. */
  digits?: (field: Field) => number;
  /** says is an answer in a few words, for lists. */
  says: (field: Field, value: unknown) => string;
}

/** title is what a field is called on the page. */
export const title = (field: Field): string => field.label || sentence(field.name);
