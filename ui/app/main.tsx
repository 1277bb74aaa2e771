// The page begins here: who is signed in, which address is shown, and the frame around it.
import { render } from "preact";
import { App } from "./pages/app";
import { listen } from "./core/keys";
import { follow } from "./core/router";

follow();
listen();
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  render(<App />, root);
}
