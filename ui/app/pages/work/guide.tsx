import { Button, Dialog } from "../../components";
import { useKeys } from "../../core/keys";

/** Guide is what annotators should know about a kind of task. It is plain text. */
export function Guide({ title, text, onClose }: { title: string; text: string; onClose: () => void }) {
  useKeys([
    { key: "Enter", does: "Close", run: onClose },
    { key: "g", does: "Close", run: onClose },
  ]);
  return (
    <Dialog side title={`Guide: ${title}`} onClose={onClose} actions={<Button kind="primary" shortcut={{ key: "Enter" }} onPress={onClose}>Begin</Button>}>
      <div class="guide" dir="auto" tabIndex={0}>{text}</div>
    </Dialog>
  );
}
