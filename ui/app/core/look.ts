// How somebody likes the page to look. Kept in this browser.

/** Look is what can be chosen. */
export interface Look {
  theme: "system" | "light" | "dark";
  serif: boolean; // passages in a serif face
  large: boolean; // texts of tasks a size larger
  letters: boolean; // keys of a single letter or digit act
}

const usual: Look = { theme: "system", serif: false, large: false, letters: true };
const place = "workbench.look";

/** readLook is what was chosen in this browser, or the usual. */
export function readLook(): Look {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(place) ?? "{}") as Partial<Look>) };
  } catch {
    return usual; // storage is off, or holds what is not ours
  }
}

/** keepLook remembers a choice; without storage it holds until the page closes. */
export function keepLook(look: Look): void {
  try {
    localStorage.setItem(place, JSON.stringify(look));
  } catch {
    // storage is off
  }
}

/** applyLook sets what style sheets look at. */
export function applyLook(look: Look): void {
  const root = document.documentElement;
  if (look.theme === "system") delete root.dataset.theme;
  else root.dataset.theme = look.theme;
  root.dataset.face = look.serif ? "serif" : "sans";
  root.dataset.size = look.large ? "large" : "usual";
}
