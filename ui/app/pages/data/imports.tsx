import { signal } from "@preact/signals";
import { Button, Labelled, Notice, Progress } from "../../components";
import { address, both } from "../../core/api";
import { bytes, plural } from "../../core/text";
import { startWith } from "../start/given";
import { isBook, nameFor, upload, type Upload } from "./upload";

/** Import is a file that somebody chose: first its name is asked, then it is sent. */
interface Import {
  id: number;
  file: File;
  name: string;
  words: string; // of a passage of a book, as it is typed
  replace?: boolean; // whoever began it was told that other data has the name
  began?: number;
  upload?: Upload;
  stop?: () => void;
}

// They go on while other pages are shown.
const imports = signal<Import[]>([]);
let last = 0;

/** choose puts files on the list of those that are going to be imported. */
export function choose(files: Iterable<File>): void {
  imports.value = [...imports.peek(), ...[...files].map((file) => ({ id: ++last, file, name: nameFor(file.name), words: "0" }))];
}

const change = (id: number, to: Partial<Import>): void =>
  void (imports.value = imports.peek().map((one) => (one.id === id ? { ...one, ...to } : one)));
const drop = (id: number): void => void (imports.value = imports.peek().filter((one) => one.id !== id));

function begin(one: Import, done: () => void): void {
  const stop = upload(one.name, one.file, { replace: one.replace ?? false, words: Number(one.words) || 0 }, (state) => {
    change(one.id, { upload: state });
    if (state.done) done();
  });
  change(one.id, { began: Date.now(), stop, replace: one.replace ?? false });
}

/** anew shows the form of a file again, with what was typed. */
const anew = (one: Import): void =>
  void (imports.value = imports.peek().map((other) => (other.id === one.id ? { id: one.id, file: one.file, name: one.name, words: one.words } : other)));

interface Props {
  done: () => void;
  taken: string[]; // names that there are
  pick: () => void; // opens the file chooser
}

/** Imports are the files that were chosen: what they will be called, how far they are, and what was wrong with them. */
export function Imports({ done, taken, pick }: Props) {
  return (
    <ul class="imports" aria-label="Imports">
      {imports.value.map((one) => (
        <li key={one.id}>
          {one.upload ? <Sent of={one} done={done} pick={pick} /> : one.began ? <p role="status">{one.file.name}: begins…</p> : <Named of={one} taken={taken} done={done} />}
        </li>
      ))}
    </ul>
  );
}

function Named({ of: one, taken, done }: { of: Import; taken: string[]; done: () => void }) {
  const again = taken.includes(one.name);
  return (
    <form class="joined" onSubmit={(e) => (e.preventDefault(), begin({ ...one, replace: again }, done))}>
      <Labelled label={`Import ${one.file.name}, ${bytes(one.file.size)}, as`} {...(again ? { error: "There is data of this name. What is imported takes its place; flows that were started with it keep what they had." } : {})}>
        {(tied) => <input {...tied} required autocomplete="off" spellcheck={false} value={one.name} onInput={(e) => change(one.id, { name: e.currentTarget.value })} />}
      </Labelled>
      {isBook(one.file.name) && (
        <label class="inline">
          words a passage, 0 for paragraphs
          <input class="short" inputMode="numeric" value={one.words} onInput={(e) => change(one.id, { words: e.currentTarget.value })} />
        </label>
      )}
      <Button kind="primary" submit>Import</Button>
      <Button kind="quiet" onPress={() => drop(one.id)}>Leave out</Button>
    </form>
  );
}

function Sent({ of: one, done, pick }: { of: Import; done: () => void; pick: () => void }) {
  const u = one.upload as Upload;
  if (u.error) {
    return (
      <Notice bad>
        <p><strong>{one.file.name}</strong>: <span class="text">{both(u.error)}</span></p>
        <p class="row">
          {u.error.code === "unreachable" ? (
            <Button onPress={() => begin(one, done)}>Import it again</Button>
          ) : (
            // A browser does not send a file that was changed since it was chosen.
            <Button onPress={() => (drop(one.id), pick())}>Choose the corrected file</Button>
          )}
          <Button onPress={() => anew(one)}>Change its name</Button>
          <Button onPress={() => drop(one.id)}>Close</Button>
        </p>
      </Notice>
    );
  }
  if (u.done) {
    return (
      <p class="row" role="status">
        <span>✓ <a href={address("/data", u.done.name)}>{u.done.name}</a>: {plural(u.done.records, "record")}, {bytes(u.done.bytes)}</span>
        <Button onPress={() => startWith("flow", { data: u.done?.name ?? "" })}>Start a flow</Button>
        <Button kind="quiet" onPress={() => drop(one.id)}>Close</Button>
      </p>
    );
  }
  const sending = u.sent < u.size;
  const seconds = (Date.now() - (one.began ?? 0)) / 1000;
  const rate = seconds > 0.5 ? (sending ? u.sent : u.read) / seconds : 0;
  return (
    <div class="joined">
      <div>
        <p>{sending ? "Sending" : "Reading"} {one.file.name} as {one.name}{u.records > 0 && `: ${plural(u.records, "record")} so far`}</p>
        <Progress label={`Import of ${one.file.name}`} done={sending ? u.sent : u.read} of={u.size} {...(rate ? { rate } : {})} write={bytes} />
      </div>
      <Button onPress={() => (one.stop?.(), drop(one.id))}>Stop</Button>
    </div>
  );
}
