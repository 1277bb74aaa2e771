// A server that is not there: the page is loaded from dist/, and tasks come from a list. For pictures and
// for trying the page without a store; the end-to-end test runs the real one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
export const origin = "http://workbench.test";
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", html: "text/html; charset=utf-8" };

/**
 * fake gives a page somebody who is signed in (or null), replies to GET by path and to what else is sent
 * (post, as route.fulfill takes them, or a function of what was sent), live news by topic, and tasks to work on. What was sent is in
 * state.sent; tell gives more news to whoever watches.
 */
export async function fake(page, { me, get = {}, post = {}, news = {}, tasks = [], lease = 1800, none } = {}) {
  const state = { me, tasks: [...tasks], answers: [], asked: [], sent: [], watched: new Map(), connected: true, sockets: new Set(), drafts: {} };
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const headers = { "Content-Security-Policy": policy };
    if (pathname.startsWith("/app/")) {
      const name = pathname.slice(5);
      return route.fulfill({ body: readFileSync(join(dist, name)), contentType: types[name.split(".").pop()], headers });
    }
    if (!/^\/(api|v1)\//.test(pathname)) return route.fulfill({ body: readFileSync(join(dist, "index.html")), contentType: types.html, headers });
    if (pathname === "/api/session" && route.request().method() === "POST") {
      const said = route.request().postDataJSON();
      if (said.token === "wrong") return route.fulfill({ status: 401, json: { code: "unauthorized", says: "This token is not known.", next: "Ask for a new link." } });
      state.me = { ...me, name: said.name ?? me.name };
      return route.fulfill({ json: state.me });
    }
    if (!state.me) return route.fulfill({ status: 401, json: { code: "unauthorized", says: "Sign in first." } });
    if (pathname === "/api/me") return route.fulfill({ json: state.me });
    if (route.request().method() !== "GET") {
      state.sent.push({ does: `${route.request().method()} ${pathname}`, body: route.request().postData() });
      const reply = typeof post[pathname] === "function" ? post[pathname](JSON.parse(route.request().postData())) : post[pathname];
      return route.fulfill(reply ?? { status: 404, json: { code: "not_found", says: `Nothing can be sent to ${pathname}.` } });
    }
    const found = get[decodeURIComponent(pathname)];
    if (found === undefined) return route.fulfill({ status: 404, json: { code: "not_found", says: `There is no ${pathname}.` } });
    return route.fulfill({ json: typeof found === "function" ? found(state, new URL(route.request().url()).searchParams) : found });
  });
  await page.routeWebSocket(`${origin.replace("http", "ws")}/ws/live`, (socket) => {
    socket.onMessage((text) => {
      const { op, topic } = JSON.parse(text);
      if (op === "watch") state.watched.set(topic, socket);
      if (op === "watch" && news[topic]) socket.send(JSON.stringify({ topic, ...news[topic] }));
    });
  });
  await page.routeWebSocket(`${origin.replace("http", "ws")}/ws/work`, (socket) => {
    if (!state.connected) return socket.close();
    state.sockets.add(socket);
    socket.onMessage((text) => {
      const ask = JSON.parse(text);
      state.asked.push(ask);
      const reply = answer(state, ask, { lease, none });
      if (reply) socket.send(JSON.stringify({ id: ask.id, ...reply }));
    });
  });
  return {
    state,
    tell: (topic, said) => state.watched.get(topic).send(JSON.stringify({ topic, ...said })),
    cut: () => {
      state.connected = false;
      for (const socket of state.sockets) socket.close();
      state.sockets.clear();
    },
    mend: () => (state.connected = true),
  };
}

function answer(state, ask, options) {
  const until = () => new Date(Date.now() + options.lease * 1000).toISOString();
  const given = () => {
    const task = state.tasks[0];
    if (!task) return { none: options.none ?? { says: "There is nothing to do now.", reasons: [{ code: "none_open", tasks: 0, says: "No task is open." }], can_undo: state.answers.length > 0 } };
    return { work: { flow: "flow", version: task.form.title, deadline: until(), can_undo: state.answers.length > 0, waiting: state.tasks.length - 1, ...state.drafts[task.task], ...task } };
  };
  switch (ask.op) {
    case "next":
      return given();
    case "draft":
      state.drafts[state.tasks[0].task] = { draft: ask.values, saved: new Date().toISOString() };
      return { saved: new Date().toISOString() };
    case "touch":
      return { deadline: until() };
    case "submit": {
      const known = state.answers.find((a) => a.key === ask.key);
      if (known) return { answer: known.id, ...given() };
      const missing = state.tasks[0].form.ask.filter((f) => !f.optional && ask.values[f.name] === undefined);
      if (missing.length > 0) return { error: { code: "invalid", says: "The answer is not complete.", problems: missing.map((f) => ({ field: f.name, says: "an answer is needed" })) } };
      state.answers.push({ id: `a${state.answers.length}`, key: ask.key, task: state.tasks.shift(), values: ask.values });
      state.me = { ...state.me, today: state.me.today + 1 };
      return { answer: state.answers.at(-1).id, me: state.me, ...given() };
    }
    case "skip":
      state.tasks.shift();
      return given();
    case "undo": {
      const last = state.answers.pop();
      state.tasks.unshift(last.task);
      state.drafts[last.task.task] = { draft: last.values };
      return given();
    }
  }
}
