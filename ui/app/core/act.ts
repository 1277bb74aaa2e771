// What a button does: once at a time, and with words where it fails.
import { useRef, useState } from "preact/hooks";
import { words } from "./api";
import { toast } from "./state";

/** Act does something; false where it failed, which was said. */
export type Act = (what: () => Promise<unknown>) => Promise<boolean>;

/** useAct says whether something that was begun is still under way, and begins it. */
export function useAct(): [busy: boolean, act: Act] {
  const [busy, setBusy] = useState(false);
  const under = useRef(false); // at once, where busy waits for the next rendering
  const act: Act = async (what) => {
    if (under.current) return false;
    under.current = true;
    setBusy(true);
    try {
      await what();
      return true;
    } catch (error) {
      toast(words(error), { bad: true });
      return false;
    } finally {
      under.current = false;
      setBusy(false);
    }
  };
  return [busy, act];
}
