import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Loaded } from "../core/use";
import { Button } from "./Button";

interface Props {
  title: string;
  back?: { href: string; title: string }; // to the list that this belongs to
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** Page is the frame of a page for researchers: its title, what can be done, and what is there. */
export function Page({ title, back, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Workbench`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []); // so that Tab and readers begin here
  return (
    <>
      <header class="page">
        {back && <a class="back" href={back.href}>← {back.title}</a>}
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

/** Empty teaches what a list is for, and how it fills. */
export function Empty({ title, children, action }: { title: string; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Notice is something that went wrong, or that one should know, where it matters. */
export function Notice({ bad, children }: { bad?: boolean; children: ComponentChildren }) {
  return (
    <div class={bad ? "notice bad" : "notice"} role={bad ? "alert" : "status"}>
      {children}
    </div>
  );
}

interface OpeningProps<T> {
  of: Loaded<T>;
  title: string; // until it is there
  back: { href: string; title: string };
  children: (value: T) => ComponentChildren;
}

/** Opening is a page of one thing: that page once the thing is loaded, and before that one which says how that goes. */
export function Opening<T>({ of, title, back, children }: OpeningProps<T>) {
  if (of.value !== undefined && !of.error) return <>{children(of.value)}</>;
  return (
    <Page title={title} back={back}>
      <Loading of={of} what={`the ${title.toLowerCase()}`}>{() => null}</Loading>
    </Page>
  );
}

/** Loading shows what was loaded, or that it is being loaded, or why it could not be. */
export function Loading<T>({ of, what, children }: { of: Loaded<T>; what: string; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {of.error && (
        <Notice bad>
          {of.error} <Button onPress={of.again}>Try again</Button>
        </Notice>
      )}
      {of.value !== undefined ? children(of.value) : !of.error && <p class="faint">Loading {what}…</p>}
    </>
  );
}
