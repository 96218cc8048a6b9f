// The keyboard alone.
import assert from "node:assert/strict";
import { faults, full, local, open, secretOf, secretText } from "./browser.mjs";
import { states } from "./states.mjs";

const focused = (page) =>
  page.evaluate(() => {
    const it = document.activeElement;
    const box = it.getBoundingClientRect();
    const style = getComputedStyle(it);
    return {
      name: `${it.tagName} ${it.id} ${it.textContent.trim().slice(0, 40)}`,
      text: (it.getAttribute("aria-label") ?? it.textContent).trim(),
      id: it.id,
      isBody: it === document.body,
      outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
      isTarget: it.matches("button, input, select, summary, .kw-button"),
      height: box.height,
      isOn: box.bottom > 0 && box.top < innerHeight,
    };
  });

// Goes through all stops of a page: each has a visible focus.
const walk = async (page, state) => {
  const seen = new Set();
  for (let stop = 0; stop < 120; stop += 1) {
    await page.keyboard.press("Tab");
    const found = await focused(page);
    if (found.isBody) break;
    seen.add(found.name);
    if (!(found.outline >= 2)) faults.push(`${state}: no visible focus: ${found.name}`);
    if (!found.isOn) faults.push(`${state}: the focus is out of sight: ${found.name}`);
    if (found.isTarget && found.height < 24) {
      faults.push(`${state}: a target of ${found.height} px: ${found.name}`);
    }
  }
  return seen;
};

// Presses Tab until a stop is reached.
const tabTo = async (page, what) => {
  for (let stop = 0; stop < 120; stop += 1) {
    await page.keyboard.press("Tab");
    const found = await focused(page);
    if (found.text === what || found.id === what) return;
  }
  assert.fail(`no stop ${what} at ${page.url()}`);
};

export const keyboard = async () => {
  const { context, page } = await open();
  for (const [state, [path, ...steps]] of Object.entries(states)) {
    if (!full && state !== "list" && state !== "credential") continue;
    await page.goto(local + path);
    for (const step of steps) {
      await step(page);
      await page.waitForLoadState();
    }
    const seen = await walk(page, state);
    if (state === "list") assert.ok(seen.size > 12, [...seen].join());
  }

  // After an error, the focus is on the summary.
  await page.goto(`${local}/admin/add`);
  await tabTo(page, "name");
  await page.keyboard.type("primary");
  await tabTo(page, "scopes");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.locator("#kw-errors").waitFor();
  assert.equal((await focused(page)).id, "kw-errors");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#name/);
  assert.equal((await focused(page)).id, "name", "the summary leads to the field");

  // A key's life without a mouse.
  await page.goto(`${local}/admin/`);
  await tabTo(page, "Add a credential");
  await page.keyboard.press("Enter");
  await page.waitForURL(/add/);
  await tabTo(page, "name");
  await page.keyboard.type("Typed");
  await tabTo(page, "kind");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "scopes");
  await page.keyboard.press("Space");
  await tabTo(page, "Add and show the key");
  await page.keyboard.press("Enter");
  await page.locator("#kw-secret").waitFor();
  assert.match(await secretOf(page), secretText);
  await tabTo(page, "Copy Secret key");
  await page.keyboard.press("Enter");
  await page.getByText("Copied", { exact: true }).waitFor();
  await tabTo(page, "I have copied the key");
  await page.keyboard.press("Enter");
  await page.locator("#actions").waitFor();
  await tabTo(page, "Suspend");
  await page.keyboard.press("Enter");
  await tabTo(page, "suspend");
  await page.keyboard.press("Enter");
  await page.getByText("Done:").waitFor();
  await tabTo(page, "Delete");
  await page.keyboard.press("Enter");
  await page.locator("#typed").waitFor();
  await tabTo(page, "typed");
  await page.keyboard.type("Typed");
  await page.keyboard.press("Enter");
  await page.getByText("Done:").waitFor();
  await context.close();
};
