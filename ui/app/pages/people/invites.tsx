import { useEffect } from "preact/hooks";
import { Button, Loading, Table, Time, type Column } from "../../components";
import { useAct } from "../../core/act";
import { address, remove } from "../../core/api";
import { toast } from "../../core/state";
import { useGet } from "../../core/use";
import type { Invite } from "../../wire";

/** Invites lists the links by which people can still come in. */
export function Invites({ made }: { made: number }) {
  const invites = useGet<Invite[]>("/api/invites");
  useEffect(() => void (made > 0 && invites.again()), [made]);
  const columns: Column<Invite>[] = [
    { title: "Invite", cell: (i) => i.name || <span class="faint">without a name</span> },
    { title: "As", cell: (i) => i.role },
    { title: "Pools", cell: (i) => (i.pools ?? []).join(", ") || "–" },
    { title: "Used", cell: (i) => (i.uses === 0 ? String(i.used) : `${i.used} of ${i.uses}`), sort: (i) => i.used, end: true },
    { title: "Made", cell: (i) => <Time at={i.created} />, sort: (i) => i.created },
    { title: "Good until", cell: (i) => (i.expires ? <Time at={i.expires} /> : "ever"), sort: (i) => i.expires ?? "~" },
    { title: "Actions", cell: (i) => <Revoke invite={i} done={invites.again} /> },
  ];
  return (
    <section>
      <h2>Invites</h2>
      <Loading of={invites} what="the invites">
        {(all) => {
          const good = all.filter(isGood);
          return good.length === 0 ? <p class="faint">No link is open: nobody new can come in.</p> : <Table label="Invites" columns={columns} rows={good} id={(i) => i.id} order={{ column: "Made", down: true }} />;
        }}
      </Loading>
    </section>
  );
}

const isGood = (i: Invite): boolean => !i.revoked && (i.uses === 0 || i.used < i.uses) && (!i.expires || Date.parse(i.expires) > Date.now());

function Revoke({ invite: i, done }: { invite: Invite; done: () => void }) {
  const [busy, act] = useAct();
  const revoke = () =>
    act(async () => {
      await remove(address("/api/invites", i.id));
      toast("The link is good for nobody now. Those who came in with it stay.");
      done();
    });
  return <Button kind="quiet" busy={busy} onPress={() => void revoke()} label={`Revoke the invite ${i.name}`}>Revoke</Button>;
}
