// The page begins here: who is signed in, which address is shown, and the frame around it.
import { effect } from "@preact/signals";
import { render } from "preact";
import { listen } from "./core/keys";
import { applyLook, keepLook } from "./core/look";
import { follow } from "./core/router";
import { look } from "./core/state";
import { App } from "./pages/app";

effect(() => {
  applyLook(look.value);
  keepLook(look.value);
});

follow();
listen();
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  render(<App />, root);
}
