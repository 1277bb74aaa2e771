import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button, Empty, Help, Notice, Toasts } from "../components";
import { get, words } from "../core/api";
import { hangUp } from "../core/live";
import { go, match, place } from "../core/router";
import { isResearcher, me } from "../core/state";
import type { Me } from "../wire";
import { pages, type PageName, type PageProps } from "./catalog";
import { Shell } from "./shell";
import SignIn from "./signin";

/** App shows the page of the address, to those who may see it, and the sign-in page to everybody else. */
export function App() {
  const [error, setError] = useState("");
  const ask = () => {
    setError("");
    get<Me>("/api/me").then(
      (who) => (me.value = who),
      (e: unknown) => me.peek() === undefined && setError(words(e)),
    );
  };
  useEffect(() => {
    ask();
    const page = match(place.peek().path)?.page as PageName | undefined;
    if (page) pages[page].load().catch(() => undefined); // meanwhile; Lazy tells of a failure
  }, []);
  const who = me.value;
  useEffect(() => {
    if (who === null) hangUp();
  }, [who === null]);
  return (
    <>
      {error ? <Unreachable says={error} again={ask} /> : <Here />}
      <Toasts />
      <Help />
    </>
  );
}

function Here() {
  const route = match(place.value.path);
  const who = me.value;
  const home = place.value.path === "/";
  const invited = home && new URLSearchParams(place.value.query).has("invite");
  useEffect(() => {
    if (home && who && !invited) go(isResearcher(who) ? "/flows" : "/work", true);
  }, [home, who, invited]);
  if (invited) return <Lazy page="join" params={{}} />;
  if (who === undefined) return <main class="alone"><p class="faint">Connecting…</p></main>;
  if (who === null) return <SignIn />;
  if (home) return null;
  const page = route?.page as PageName | undefined;
  if (page === "work") return <Lazy page="work" params={{}} />;
  if (!isResearcher(who)) return <Nothing />;
  return <Shell>{page ? <Lazy key={place.value.path} page={page} params={route?.params ?? {}} /> : <Nothing />}</Shell>;
}

function Nothing() {
  return (
    <Empty title="Nothing is here for you" action={<a class="button" href={isResearcher(me.value) ? "/flows" : "/work"}>Go to the start</a>}>
      The address <code>{place.value.path}</code> shows no page, or one that is for researchers.
    </Empty>
  );
}

function Unreachable({ says, again }: { says: string; again: () => void }) {
  return (
    <main class="alone">
      <Notice bad>{says}</Notice>
      <Button kind="primary" onPress={again}>Try again</Button>
    </main>
  );
}

const loaded = new Map<PageName, ComponentType<PageProps>>();

/** Lazy shows a page once its chunk is there. A chunk that is gone means that the server was upgraded. */
function Lazy({ page, params }: { page: PageName } & PageProps) {
  const [, setReady] = useState<PageName>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (loaded.has(page)) return;
    pages[page].load().then(
      (module) => {
        loaded.set(page, module.default);
        setReady(page);
      },
      () => setFailed(true),
    );
  }, [page]);
  const Found = loaded.get(page);
  if (Found) return <Found params={params} />;
  if (!failed) return null;
  return (
    <Notice bad>
      This page could not be loaded. Either the connection is gone, or the server was upgraded.{" "}
      <Button onPress={() => location.reload()}>Load again</Button>
    </Notice>
  );
}
