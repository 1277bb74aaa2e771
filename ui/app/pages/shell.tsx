import type { ComponentChildren } from "preact";
import { Button, StatusDot, showHelp } from "../components";
import { live, useTopic } from "../core/live";
import { place } from "../core/router";
import { me } from "../core/state";
import { Menu } from "./menu";

const places = [
  { href: "/flows", title: "Flows", also: ["/instances", "/answers", "/trace"] },
  { href: "/runs", title: "Runs", also: ["/compare"] },
  { href: "/people", title: "People" },
  { href: "/data", title: "Data" },
  { href: "/models", title: "Models", also: ["/playground"] },
  { href: "/work", title: "Work" },
];

/** Shell is the frame for researchers: where one can go, and how the workbench is doing. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#main">Skip to the page</a>
      <nav aria-label="Pages">
        <strong class="brand">Workbench</strong>
        <ul>
          {places.map((p) => (
            <li key={p.href}>
              <a href={p.href} aria-current={isAt(p) ? "page" : undefined}>{p.title}</a>
            </li>
          ))}
        </ul>
        <footer>
          <Doing />
          <div class="row">
            <Menu />
            <Button kind="quiet" onPress={showHelp} shortcut={{ key: "?" }} label="All keys">Keys</Button>
          </div>
        </footer>
      </nav>
      <main id="main">{children}</main>
    </div>
  );
}

const isAt = (p: { href: string; also?: string[] }): boolean =>
  [p.href, ...(p.also ?? [])].some((href) => place.value.path === href || place.value.path.startsWith(`${href}/`));

/** Doing says whether the page hears from the server, who is here, and what the device does. */
function Doing() {
  const people = useTopic("people").value?.people;
  const device = useTopic("device").value?.device;
  const here = (people ?? []).filter((p) => p.online && p.id !== me.value?.id);
  return (
    <ul class="doing">
      <li><Connection /></li>
      {here.length > 0 && <li title={here.map((p) => p.name).join(", ")}>{here.length === 1 ? here[0]?.name : `${here.length} others`} here</li>}
      {device && (
        <li title={device.running}>
          <StatusDot tone={device.running ? "busy" : "off"}>{device.running || "device idle"}</StatusDot>
          {device.waiting?.length > 0 && <small title={device.waiting.join("\n")}> · {device.waiting.length} waiting</small>}
        </li>
      )}
    </ul>
  );
}

/** Connection is how the live connection stands, in words. */
export function Connection() {
  const { state, attempts } = live.value;
  if (state === "open") return <StatusDot tone="good">live</StatusDot>;
  if (attempts === 0) return <StatusDot tone="busy">connecting</StatusDot>;
  return <StatusDot tone="bad">offline, trying again</StatusDot>;
}
