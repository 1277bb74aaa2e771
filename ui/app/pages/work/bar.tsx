import { Button, StatusDot, showHelp, type Tone } from "../../components";
import { serverNow } from "../../core/api";
import type { Desk, DraftState } from "../../core/desk";
import { isResearcher, me } from "../../core/state";
import { duration } from "../../core/text";
import { useNow } from "../../core/use";
import { Menu } from "../menu";
import type { Panel } from "../work";

const short = 5 * 60_000; // milliseconds: below that the time that is left is shown

/** Bar is the edge of the Work page: what this is, how far the day has come, and how everything stands. */
export function Bar({ desk, open }: { desk: Desk; open: (panel: Panel) => void }) {
  const work = desk.work.value;
  const panels = (
    <>
      {work?.form.guide && <Button kind="quiet" shortcut={{ key: "g" }} onPress={() => open("guide")}>Guide</Button>}
      <Button kind="quiet" shortcut={{ key: "h" }} onPress={() => open("history")}>History</Button>
    </>
  );
  return (
    <header class="bar">
      {isResearcher(me.value) && <a href="/flows" class="back" aria-label="Back to the flows">←</a>}
      <h1>{work?.form.title ?? "Work"}</h1>
      <Day />
      <div class="states">
        <State desk={desk} />
        {work && <Left desk={desk} />}
      </div>
      <nav class="row" aria-label="Work">
        <span class="roomy">{panels}</span>
        <span class="keyed"><Button kind="quiet" shortcut={{ key: "?" }} onPress={showHelp}>Keys</Button></span>
        <Menu><div class="row narrow">{panels}</div></Menu>
      </nav>
    </header>
  );
}

/** Day is the person's own pace. */
function Day() {
  const who = me.value;
  if (!who) return null;
  return (
    <p class="day">
      {who.today} today{who.median_seconds > 0 && ` · ${duration(who.median_seconds)} median`}
    </p>
  );
}

/** standing is whether what was done and typed is safe. */
function standing(desk: Desk): { tone: Tone; says: string } {
  const { state, attempts } = desk.line.link.value;
  const draft = desk.draft.value;
  if (desk.trouble.value) return { tone: "bad", says: desk.trouble.value };
  if (state !== "open" && attempts > 0) {
    if (desk.pending.value) return { tone: "bad", says: "Offline. Your answer is kept here and goes out by itself" };
    if (draft === "page") return { tone: "bad", says: "Offline, and this browser keeps nothing: leave the page open" };
    return { tone: "bad", says: "Offline. What you type is kept here" };
  }
  if (state !== "open") return { tone: "busy", says: "Connecting" };
  if (desk.pending.value) return { tone: "busy", says: "Sending" };
  return drafts[draft];
}

const drafts: Record<DraftState, { tone: Tone; says: string }> = {
  none: { tone: "good", says: "Connected" },
  saving: { tone: "busy", says: "Saving" },
  saved: { tone: "good", says: "Draft saved" },
  here: { tone: "person", says: "Draft kept on this device" },
  page: { tone: "bad", says: "Draft only in this page: leave it open" },
};

/** State shows it. Only what somebody should act on, or know at once, is read out. */
function State({ desk }: { desk: Desk }) {
  const { tone, says } = standing(desk);
  return (
    <>
      <StatusDot tone={tone}>{says}</StatusDot>
      <span class="hidden" role="status">{tone === "bad" ? says : ""}</span>
    </>
  );
}

/** Left is how long the task is still this person's, once that is short. */
function Left({ desk }: { desk: Desk }) {
  const now = useNow(5000);
  const left = now.value && desk.deadline.value - serverNow();
  if (left > short) return null;
  if (left <= 0) return <StatusDot tone="person">Time is up: others may get this task too, but your answer is still taken</StatusDot>;
  return <StatusDot tone="person">{duration(left / 1000)} left; go on and you keep it</StatusDot>;
}
