import { Button, StatusDot, showHelp } from "../../components";
import { serverNow } from "../../core/api";
import type { Desk } from "../../core/desk";
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
      <div class="states" role="status">
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

/** State says whether what was done and typed is safe. */
function State({ desk }: { desk: Desk }) {
  const { state, attempts } = desk.line.link.value;
  const draft = desk.draft.value;
  if (desk.trouble.value) return <StatusDot tone="bad">{desk.trouble.value}</StatusDot>;
  if (state !== "open" && attempts > 0) {
    if (desk.pending.value) return <StatusDot tone="bad">Offline. Your answer is kept here and goes out by itself</StatusDot>;
    if (draft === "page") return <StatusDot tone="bad">Offline, and this browser keeps nothing: leave the page open</StatusDot>;
    return <StatusDot tone="bad">Offline. What you type is kept here</StatusDot>;
  }
  if (state !== "open") return <StatusDot tone="busy">Connecting</StatusDot>;
  if (desk.pending.value) return <StatusDot tone="busy">Sending</StatusDot>;
  switch (draft) {
    case "saving":
      return <StatusDot tone="busy">Saving</StatusDot>;
    case "saved":
      return <StatusDot tone="good">Draft saved</StatusDot>;
    case "here":
      return <StatusDot tone="person">Draft kept on this device</StatusDot>;
    case "page":
      return <StatusDot tone="bad">Draft only in this page: leave it open</StatusDot>;
    default:
      return <StatusDot tone="good">Connected</StatusDot>;
  }
}

/** Left is how long the task is still this person's, once that is short. */
function Left({ desk }: { desk: Desk }) {
  const now = useNow(5000);
  const left = now.value && desk.deadline.value - serverNow();
  if (left > short) return null;
  if (left <= 0) return <StatusDot tone="person">Time is up: others may get this task too, but your answer is still taken</StatusDot>;
  return <StatusDot tone="person">{duration(left / 1000)} left; go on and you keep it</StatusDot>;
}
