import { useState } from "preact/hooks";
import { Button, Empty, Interval, Loading, Page, StatusDot, Table, Time, type Column } from "../components";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { me } from "../core/state";
import { duration, number, plural } from "../core/text";
import type { PersonRow } from "../wire";
import { InviteDialog } from "./people/invite";
import { Invites } from "./people/invites";
import { KeyDialog } from "./people/key";
import { Actions, PoolsField, RoleField } from "./people/person";

const seen = (p: PersonRow): number => (p.online ? Infinity : p.last_seen ? Date.parse(p.last_seen) : 0);

/** People are those who may come in: what they do, how fast, and how far they agree with each other. */
export default function People() {
  const people = useFresh<PersonRow[]>("/api/people", "people", (news) => news.people ?? []);
  const [open, setOpen] = useState<"invite" | "key">();
  const [made, setMade] = useState(0); // invites since the page was opened: the list asks again
  useKeys([{ key: "i", does: "Invite people", run: () => setOpen("invite") }]);
  const change = (to: PersonRow) => people.set((people.value ?? []).map((p) => (p.id === to.id ? { ...p, ...to } : p)));
  const pools = [...new Set((people.value ?? []).flatMap((p) => p.pools))].toSorted();
  const columns: Column<PersonRow>[] = [
    { title: "Name", cell: (p) => <Name of={p} />, sort: (p) => p.name },
    { title: "Role", cell: (p) => <RoleField person={p} done={change} />, sort: (p) => p.role },
    { title: "Pools", cell: (p) => <PoolsField person={p} done={change} known={pools} /> },
    { title: "Today", cell: (p) => number(p.today), sort: (p) => p.today, end: true },
    { title: "Last hour", cell: (p) => number(p.last_hour), sort: (p) => p.last_hour, end: true },
    { title: "Median", cell: (p) => (p.median_seconds ? duration(p.median_seconds) : "–"), sort: (p) => p.median_seconds, end: true },
    { title: "Skipped", cell: (p) => number(p.skipped), sort: (p) => p.skipped, end: true },
    { title: "In all", cell: (p) => number(p.total), sort: (p) => p.total, end: true },
    { title: "Agrees", cell: (p) => (p.agreement ? <Interval {...p.agreement} /> : <span class="faint">–</span>), sort: (p) => p.agreement?.share ?? -1 },
    { title: "Last here", cell: (p) => (p.online ? <StatusDot tone="good">here</StatusDot> : p.last_seen ? <Time at={p.last_seen} /> : "never"), sort: seen },
    { title: "May come in", cell: (p) => <Actions person={p} done={change} /> },
  ];
  const invite = <Button kind="primary" onPress={() => setOpen("invite")} shortcut={{ key: "i" }}>Invite people</Button>;
  return (
    <Page title="People" actions={<><Button onPress={() => setOpen("key")}>Make a key</Button>{invite}</>}>
      <Loading of={people} what="the people">
        {(all) => (
          <>
            <Today people={all} />
            <Table broad label="People" columns={columns} rows={all} id={(p) => p.id} order={{ column: "Name" }} />
            {all.every((p) => p.id === me.value?.id) && (
              <Empty title="Nobody but you" action={invite}>
                An invite is a link. Whoever opens it says their name and is in, as annotator or researcher and in the pools that you choose.
                From then on this page shows what they work on, how fast, and how far they agree with others.
              </Empty>
            )}
          </>
        )}
      </Loading>
      <Invites made={made} />
      {open === "invite" && <InviteDialog onClose={() => setOpen(undefined)} onMade={() => setMade((n) => n + 1)} />}
      {open === "key" && <KeyDialog people={people.value ?? []} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function Name({ of: p }: { of: PersonRow }) {
  return (
    <>
      {p.name}
      {p.id === me.value?.id && <small class="faint"> you</small>}
      {p.working && <small class="under">◆ {p.working}</small>}
    </>
  );
}

/** Today says what all of them together did. */
function Today({ people }: { people: PersonRow[] }) {
  const sum = (of: (p: PersonRow) => number) => people.reduce((n, p) => n + of(p), 0);
  return (
    <p class="facts">
      <span>{plural(people.length, "person", "people")}</span>
      <span>{number(people.filter((p) => p.online).length)} here</span>
      <span>{number(people.filter((p) => p.working).length)} at work</span>
      <span>{plural(sum((p) => p.today), "answer")} today</span>
      <span>{number(sum((p) => p.last_hour))} in the last hour</span>
    </p>
  );
}
