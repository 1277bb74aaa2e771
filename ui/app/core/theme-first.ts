// Runs before the first paint, as a script of its own: a page must not flash in the other theme.
import { applyLook, readLook } from "./look";

applyLook(readLook());
