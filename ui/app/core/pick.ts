// Quoting by keys: word by word through a text.
import type { Range } from "./marks";
import { points } from "./text";

/** words are the stretches that the keys go through: each word with the marks that cling to it. */
export function words(text: string): Range[] {
  const found: Range[] = [];
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  let at = 0;
  let joined = false; // nothing but marks stands between here and the word before
  let opening: number | undefined; // where marks before a word begin
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    const end = at + points(segment);
    const last = found.at(-1);
    if (segment.trim() === "") {
      joined = false;
      opening = undefined;
    } else if (isWordLike) {
      found.push({ start: opening ?? at, end });
      joined = true;
      opening = undefined;
    } else if (joined && last) last.end = end;
    else opening ??= at;
    at = end;
  }
  return found;
}

/** Pick is what is selected by keys, in words: from the one at which it began to the one that moves. */
export interface Pick {
  from: number;
  to: number;
}

/** move is the selection after a key; with extend its beginning stays. Sentences end with . ! ? or a line. */
export function move(text: string, all: Range[], pick: Pick, key: string, extend: boolean): Pick {
  const letters = [...text];
  const to = Math.max(0, Math.min(all.length - 1, target()));
  return { from: extend ? pick.from : to, to };

  function target(): number {
    switch (key) {
      case "ArrowRight":
        return pick.to + 1;
      case "ArrowLeft":
        return pick.to - 1;
      case "ArrowDown":
        return extend ? sentenceEnd(isEnd(pick.to) ? pick.to + 1 : pick.to) : sentenceEnd(pick.to) + 1;
      case "ArrowUp":
        return sentenceStart(pick.to === sentenceStart(pick.to) ? pick.to - 1 : pick.to);
      case "Home":
        return 0;
      case "End":
        return all.length - 1;
      default:
        return pick.to;
    }
  }
  function isEnd(word: number): boolean {
    const here = all[word];
    const next = all[word + 1];
    if (!here || !next) return true;
    return /[.!?…。！？]["'”’)\]]*$/u.test(letters.slice(here.start, here.end).join("")) || letters.slice(here.end, next.start).includes("\n");
  }
  function sentenceEnd(word: number): number {
    let at = Math.max(0, word);
    while (at < all.length - 1 && !isEnd(at)) at++;
    return at;
  }
  function sentenceStart(word: number): number {
    let at = Math.max(0, word);
    while (at > 0 && !isEnd(at - 1)) at--;
    return at;
  }
}

/** range is what a selection covers. */
export function range(all: Range[], pick: Pick): Range | undefined {
  const first = all[Math.min(pick.from, pick.to)];
  const last = all[Math.max(pick.from, pick.to)];
  return first && last && { start: first.start, end: last.end };
}
