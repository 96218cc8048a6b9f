// Visits every state of the page, and does everything that can be done on it. Fails on a violation of WCAG 2.2 AA, a dialog, a
// console error, a blocked resource, a page that scrolls sideways, or a secret that is still there. The picture of the README,
// docs/page.png, is the screenshot list-light-1280.png.
import { mkdirSync } from "node:fs";
import { attacks } from "./attacks.mjs";
import { asked, audit, browser, encrypted, faults, full, local, named, open, tell } from "./browser.mjs";
import { hostile } from "./hostile.mjs";
import { keyboard } from "./keyboard.mjs";
import { late } from "./late.mjs";
import { life } from "./life.mjs";
import { states } from "./states.mjs";

const shots = process.env.SCREENSHOTS;
mkdirSync(shots, { recursive: true });

const schemes = full
  ? [
      { colorScheme: "light" },
      { colorScheme: "dark" },
      { colorScheme: "light", forcedColors: "active" },
    ]
  : [{ colorScheme: "light" }];
const widths = full ? [320, 768, 1280] : [320];

const visit = async (scheme) => {
  const { context, page } = await open(scheme);
  const called = scheme.forcedColors ? "forced" : scheme.colorScheme;
  for (const [state, [path, ...steps]] of Object.entries(states)) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(local + path);
    for (const step of steps) {
      await step(page);
      await page.waitForLoadState();
    }
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await audit(page, `${state} ${called} ${width}`);
      if (full || state === "list") {
        await page.screenshot({ path: `${shots}/${state}-${called}-${width}.png`, fullPage: true });
      }
    }
  }
  await context.close();
};

const lives = async () => {
  for (const base of [local, named, encrypted]) await life(base, "/admin", true);
  for (const base of full ? [local, named, encrypted] : [named]) await life(base, "/admin", false);
  const mounts = ["", "/slash", "/twice/b", "/outside/page", "/layout"];
  for (const prefix of full ? mounts : []) await life(encrypted, prefix, true);
  console.log("lives");
  await late();
  console.log("late");
  await keyboard();
  console.log("keyboard");
  await attacks();
  console.log("attacks");
  await hostile();
};

for (const scheme of schemes) await visit(scheme);
console.log(`${Object.keys(states).length} states, ${schemes.length} colour schemes, ${widths.length} widths`);
if (asked !== "states") await lives();
await browser.close();
tell();
if (faults.length > 0) process.exit(1);
