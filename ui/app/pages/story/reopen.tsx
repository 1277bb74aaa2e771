import { Button, Dialog } from "../../components";
import { useAct } from "../../core/act";
import { address, post } from "../../core/api";
import { toast } from "../../core/state";
import { plural } from "../../core/text";
import type { Reopen, Story, StoryCall } from "../../wire";

/** effects says what re-opening a call does: to it, and to what may depend on it. */
export function effects(story: Story, c: StoryCall): string[] {
  const after = story.calls.filter((other) => other.call > c.call && other.status !== "dropped");
  const says = [`The result of call ${c.call} is set aside, and it is made anew.`];
  const answers = c.answers.filter((a) => !a.undone).length;
  if (answers > 0) says[0] = `${plural(answers, "answer")} to “${c.form?.title ?? "the question"}” no longer ${answers === 1 ? "counts" : "count"} for this item, and people are asked again.`;
  if (c.child) says[0] = "The child instance is cancelled, and a new one is spawned in its place.";
  if (after.length === 0) return [...says, "Nothing came after it."];
  const asks = after.filter((other) => other.primitive === "ask").length;
  const rows = after.filter((other) => other.primitive === "record").length;
  says.push(`Of the ${plural(after.length, "call")} after it, those whose arguments stay the same keep their results; the others are made anew.`);
  if (asks > 0) says.push(`That can be up to ${plural(asks, "question")} to people: open ones are taken from those who have them.`);
  if (rows > 0) says.push(`${plural(rows, "recorded row")} that came of other results ${rows === 1 ? "is" : "are"} withdrawn from the data.`);
  return says;
}

/** ReopenDialog says what will be asked again before it is. */
export function ReopenDialog({ story, call: c, onClose, done }: { story: Story; call: StoryCall; onClose: () => void; done: () => void }) {
  const [busy, act] = useAct();
  const reopen = () =>
    act(async () => {
      await post(`${address("/api/instances", story.id)}/reopen`, { call: c.call } satisfies Reopen);
      toast(`Call ${c.call} is open again.`);
      done();
      onClose();
    });
  return (
    <Dialog
      title={`Re-open call ${c.call}, ${c.form?.title ?? c.primitive}?`}
      onClose={onClose}
      actions={<Button kind="primary" busy={busy} onPress={() => void reopen()}>Re-open call {c.call}</Button>}
    >
      <ul class="bullets">
        {effects(story, c).map((says) => <li key={says}>{says}</li>)}
      </ul>
      <p class="faint">Nothing is deleted: what is set aside stays in this story, marked as dropped.</p>
    </Dialog>
  );
}
