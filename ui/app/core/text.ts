// Texts as the server counts them: in Unicode code points and in words.

/** points is the number of code points of a text. */
export function points(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}

/** unitToPoint is the code point at a position that the browser counts in UTF-16 units. Between the two halves of one it is that one. */
export function unitToPoint(text: string, unit: number): number {
  let at = 0;
  let n = 0;
  for (const letter of text) {
    if (at + letter.length > unit) break;
    at += letter.length;
    n++;
  }
  return n;
}

/** pointToUnit is the other way round; behind the end it is the end. */
export function pointToUnit(text: string, point: number): number {
  let at = 0;
  let n = 0;
  for (const letter of text) {
    if (n >= point) break;
    at += letter.length;
    n++;
  }
  return at;
}

/** cut is the text between two code points. */
export const cut = (text: string, start: number, end: number): string =>
  text.slice(pointToUnit(text, start), pointToUnit(text, end));

// What Go's strings.Fields takes for space (unicode.IsSpace), which is not what \s is.
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** countWords counts words as the server does: stretches between white space. */
export const countWords = (text: string): number => text.split(space).filter((word) => word !== "").length;

/** duration says so many seconds in words: 42 s, 6 min, 3 h 20 min. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 && seconds % 1 !== 0 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.round((seconds - hours * 3600) / 60);
    return minutes === 60 ? `${hours + 1} h` : minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  }
  return `${Math.round(seconds / 86400)} days`;
}

/** number writes a number with thin spaces between thousands: 12 400. */
export const number = (n: number): string => n.toLocaleString("en-US").replaceAll(",", "\u202f");

/** bytes writes a size: 31 MB. */
export function bytes(n: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

/** sentence writes a name of the code as people write it: final_answer is Final answer. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** precise writes a measured number with four digits that count; whole ones as they are. */
export function precise(n: number): string {
  if (Number.isSafeInteger(n)) return number(n);
  if (!Number.isFinite(n)) return String(n);
  const size = Math.abs(n);
  if (size < 1e-4 || size >= 1e6) return Number(n.toPrecision(4)).toExponential();
  return String(Number(n.toPrecision(size >= 1000 ? 6 : 4)));
}

/** brief writes a number for the tick of an axis. */
export function brief(n: number): string {
  const size = Math.abs(n);
  const three = Number(n.toPrecision(3));
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? three.toExponential() : String(three);
}

/** plural writes how many of something there are: 1 answer, 3 answers. */
export const plural = (n: number, one: string, more = `${one}s`): string => `${number(n)} ${n === 1 ? one : more}`;
