import type { ComponentType } from "preact";
import type { Part } from "../wire";
import type { ReadingProps } from "./reading";

/** PartProps is what a way of showing fields is given. */
export interface PartProps {
  part: Part;
  reading: (name: string) => ReadingProps;
}

/** PartKind is one way of showing fields of an item: its half in the browser. */
export interface PartKind {
  View: ComponentType<PartProps>;
  long?: boolean; // it is read at length, beside the questions where there is room
}
