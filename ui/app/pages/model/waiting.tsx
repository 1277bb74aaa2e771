import { useState } from "preact/hooks";
import { useTopic } from "../../core/live";
import { useNow } from "../../core/use";

/** Waiting says how long nothing has come, and what the device does meanwhile. */
export function Waiting() {
  const [began] = useState(Date.now);
  const now = useNow(1000);
  const device = useTopic("device").value?.device;
  const seconds = Math.max(0, Math.round((Math.max(now.value, Date.now()) - began) / 1000));
  return <p class="faint" role="timer">Waits for the device, {seconds} s so far{device?.running ? `; it works on ${device.running}` : ""}.</p>;
}
