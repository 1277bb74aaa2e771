import type { RefObject } from "preact";
import { Button, Notice } from "../../components";
import { ended } from "../model/samples";
import { Waiting } from "../model/waiting";
import type { Vote } from "./chat";
import { complete, type Duel, type Side } from "./duel";

interface Props {
  at: RefObject<HTMLElement | null>; // which takes the focus, so that keys vote
  question: string;
  duel: Duel;
  hidden: boolean; // who says what
  vote: Vote | undefined;
  dataset: string; // that takes the vote
  busy: boolean;
  choose: (vote: Vote) => void;
}

/** Answers are what the two say, and the vote between them. */
export function Answers({ at, question, duel, hidden, vote, dataset, busy, choose }: Props) {
  const open = complete(duel.sides);
  return (
    <section class="duel" ref={at} tabIndex={-1} aria-label="Answers" aria-busy={duel.under}>
      {!duel.sides && <p class="faint">Both answers appear here as they are written. Then you say which one is better, and your votes are comparisons to learn from.</p>}
      {duel.sides && (
        <>
          <p class="question text" dir="auto">{question}</p>
          <div class="pair" aria-live="polite">
            <Answer title="Left" side={duel.sides.left} hidden={hidden} won={vote === "left"} />
            <Answer title="Right" side={duel.sides.right} hidden={hidden} won={vote === "right"} />
          </div>
          {vote === undefined ? (
            <div class="votes" role="group" aria-label="Which one is better?">
              <Button disabled={!open} busy={busy} onPress={() => choose("left")} shortcut={{ key: "ArrowLeft" }}>Left is better</Button>
              <Button disabled={!open} busy={busy} onPress={() => choose("tie")} shortcut={{ key: "ArrowDown" }}>Alike</Button>
              <Button disabled={!open} busy={busy} onPress={() => choose("right")} shortcut={{ key: "ArrowRight" }}>Right is better</Button>
            </div>
          ) : (
            <p class="votes" role="status">✓ {vote === "tie" ? "Alike" : `You preferred ${duel.sides[vote].model}`}. It is kept in {dataset}.</p>
          )}
        </>
      )}
    </section>
  );
}

function Answer({ title, side: s, hidden, won }: { title: string; side: Side; hidden: boolean; won: boolean }) {
  return (
    <section class={won ? "won" : undefined} aria-label={title}>
      <p class="byline">
        <strong>{hidden ? title : s.model}</strong>
        {won && <span>✓ preferred</span>}
        {s.said.end === "length" && <span>{ended("length")}</span>}
        {!s.wrong && s.said.end === "" && s.said.text !== "" && <span>writes…</span>}
      </p>
      {s.wrong && <Notice bad>{s.wrong}</Notice>}
      {!s.wrong && s.said.text === "" && (s.said.end ? <p class="faint">It wrote nothing.</p> : <Waiting />)}
      <div class="reading" dir="auto">{s.said.text}</div>
    </section>
  );
}
