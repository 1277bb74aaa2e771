import { useEffect, useState } from "preact/hooks";
import { get, serverNow } from "../core/api";
import { Desk } from "../core/desk";
import { useKeys } from "../core/keys";
import { dial } from "../core/line";
import { lasting, load, shelf, store } from "../core/shelf";
import { me } from "../core/state";
import { Bar } from "./work/bar";
import { Guide } from "./work/guide";
import { History } from "./work/history";
import { NoTask } from "./work/none";
import { Skip } from "./work/skip";
import { Task } from "./work/task";

export type Panel = "guide" | "history" | "skip";

/** Work is the page of annotators: the task fills the screen, and everything has a key. */
export default function Work() {
  const desk = useDesk(me.value?.id ?? "");
  const [panel, setPanel] = useState<Panel>();
  const work = desk.work.value;
  const guide = work?.form.guide;
  useSigns(desk);
  useFirstGuide(work?.version, guide, () => setPanel("guide"));
  useEffect(() => {
    document.title = work ? `${work.form.title} · Workbench` : "Work · Workbench";
  }, [work]);
  const idle = () => desk.pending.value === undefined;
  useKeys([
    { key: "u", does: "Undo: take the last answer back", run: () => desk.undo(), when: () => desk.canUndo.value && idle() },
    { key: "s", does: "Skip this task", run: () => setPanel("skip"), when: () => work !== undefined && idle() },
    { key: "g", does: "Read the guide", run: () => setPanel("guide"), when: () => Boolean(guide) },
    { key: "h", does: "Your own answers", run: () => setPanel("history") },
  ]);
  return (
    <div class="work">
      <Bar desk={desk} open={setPanel} />
      {work ? <Task key={work.lease} desk={desk} work={work} skip={() => setPanel("skip")} /> : <NoTask desk={desk} open={setPanel} />}
      {panel === "guide" && guide && <Guide text={guide} onClose={() => setPanel(undefined)} />}
      {panel === "history" && <History onClose={() => setPanel(undefined)} />}
      {panel === "skip" && work && <Skip desk={desk} onClose={() => setPanel(undefined)} />}
    </div>
  );
}

/** useDesk is the desk of a person for as long as the page is shown. */
function useDesk(person: string): Desk {
  const [desk] = useState(
    () =>
      new Desk({
        person,
        shelf,
        dial,
        now: Date.now,
        serverNow,
        met: (who) => (me.value = who),
        signedOut: () => (me.value = null),
        broke: () => void get("/api/me").catch(() => undefined), // notices that the session has ended
      }),
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (!lasting && (desk.pending.peek() || desk.draft.peek() !== "none")) event.preventDefault();
    };
    addEventListener("beforeunload", ask);
    return () => {
      removeEventListener("beforeunload", ask);
      desk.close();
    };
  }, [desk]);
  return desk;
}

/** useSigns tells the desk of each sign that somebody is at work. */
function useSigns(desk: Desk): void {
  useEffect(() => {
    let last = 0;
    const alive = () => {
      if (Date.now() - last < 1000) return;
      last = Date.now();
      desk.alive();
    };
    const seen = () => (document.hidden ? desk.hide() : desk.alive());
    const signs = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"];
    for (const sign of signs) addEventListener(sign, alive, { passive: true });
    document.addEventListener("visibilitychange", seen);
    return () => {
      for (const sign of signs) removeEventListener(sign, alive);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [desk]);
}

/** useFirstGuide opens a guide once, when its form is first seen in this browser. */
function useFirstGuide(version: string | undefined, guide: string | undefined, open: () => void): void {
  useEffect(() => {
    if (!version || !guide) return;
    const place = `workbench.guide.${version}`;
    if (load(shelf, place)) return;
    store(shelf, place, true);
    open();
  }, [version]);
}
