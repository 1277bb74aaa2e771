import { Button, Dialog, Prose } from "../../components";
import { useKeys } from "../../core/keys";

/** Guide is what annotators should know about a kind of task. */
export function Guide({ text, onClose }: { text: string; onClose: () => void }) {
  useKeys([
    { key: "Enter", does: "Close", run: onClose },
    { key: "g", does: "Close", run: onClose },
  ]);
  return (
    <Dialog side title="Guide" onClose={onClose} actions={<Button kind="primary" shortcut={{ key: "Enter" }} onPress={onClose}>Begin</Button>}>
      <div class="guide" tabIndex={0}><Prose text={text} /></div>
    </Dialog>
  );
}
