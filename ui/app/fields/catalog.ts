// The kinds of questions, by the names of tasks/form/catalog.go. A test holds the two against each other.
import { choice } from "./choice";
import type { FieldKind } from "./kind";
import { longtext } from "./longtext";
import { quote } from "./quote";
import { scale } from "./scale";

export const fields: Record<string, FieldKind> = { choice, longtext, quote, scale };
