// The browser, and the watch over its pages: a dialog, a console error (a blocked resource is one), a script's error, or a secret
// in the answer to a GET is a fault.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

// `full` does everything, and `states` only visits every state in every colour scheme and width.
export const asked = process.env.KEYWARD_BROWSER ?? "short";
export const full = asked !== "short";
const plain = process.env.PORT;
const secure = process.env.SECURE_PORT;
export const local = `http://localhost:${plain}`;
export const named = `http://keys.test:${plain}`;
export const encrypted = `https://keys.test:${secure}`;
export const secretText = /kw_(app|track)_[0-9A-Za-z]{61}/;

export const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // There is no graphics processor, and it would be emulated.
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors"],
  // Without this, tests of the back button prove nothing.
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
});

export const faults = [];
export const tell = () => {
  if (faults.length > 0) console.error([...new Set(faults)].join("\n"));
};
process.on("uncaughtException", (error) => {
  tell();
  console.error(error);
  process.exit(1);
});
const expected = /Failed to load resource: the server responded with a status of (4\d\d|5\d\d)/;

export const open = async (options = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ignoreHTTPSErrors: true,
    ...options,
  });
  context.on("page", watch);
  return { context, page: await context.newPage() };
};

const watch = (page) => {
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) {
      faults.push(`the console at ${page.url()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => faults.push(`a script at ${page.url()}: ${error.message}`));
  page.on("response", async (response) => {
    if (response.request().method() !== "GET") return;
    const body = await response.text().catch(() => "");
    if (secretText.test(body)) faults.push(`a secret in the answer to GET ${response.url()}`);
  });
};

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

// Tests a state against WCAG 2.2 AA, and for sideways scrolling.
export const audit = async (page, state) => {
  // Runs in the page's main world through the debugger, which its policy does not stop.
  await page.evaluate(axe);
  const result = await page.evaluate(
    (tags) =>
      globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    tags,
  );
  for (const violation of result.violations) {
    const nodes = violation.nodes.map((node) => `${node.target}: ${node.failureSummary}`);
    faults.push(`${state}: ${violation.id}: ${nodes.join("; ").slice(0, 600)}`);
  }
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (wide > 1) faults.push(`${state}: scrolls sideways by ${wide} px`);
};

// The secret that the page shows.
export const secretOf = (page) => page.locator("#kw-secret").inputValue();

// Goes back. For a moment after a page is shown, Chromium can refuse to, because the page before it is still active.
export async function back(page) {
  await page.waitForLoadState();
  for (let left = 10; ; left -= 1) {
    try {
      return await page.goBack();
    } catch (error) {
      if (left === 0 || !error.message.includes("Not attached to an active page")) throw error;
    }
  }
}
