// Chromium as the tests start it.
import { chromium } from "playwright-core";

export const widths = [1440, 768, 390];

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** browser starts Debian's Chromium, or the one that WORKBENCH_CHROMIUM names. */
export const browser = () => chromium.launch({ executablePath: process.env.WORKBENCH_CHROMIUM ?? "/usr/bin/chromium", args: quiet });

/** context is a window of a width, light or dark; a phone has a finger instead of a pointer. */
export function context(from, { width = 1440, theme = "light", ...more } = {}) {
  const height = { 1440: 900, 768: 1024, 390: 844 }[width] ?? 900;
  return from.newContext({ viewport: { width, height }, colorScheme: theme, hasTouch: width < 500, isMobile: width < 500, reducedMotion: "reduce", ...more });
}
