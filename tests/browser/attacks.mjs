// Forms of other sites, and frames.
import assert from "node:assert/strict";
import { browser, encrypted, local, named } from "./browser.mjs";

// Sends the form of the attacker's page, and returns the status of the answer.
const send = async (attacker, target, isNull) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${attacker}/attack?to=${encodeURIComponent(`${target}/admin`)}${isNull ? "&null=1" : ""}`);
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await (isNull ? page.frameLocator("iframe") : page).getByRole("button").click();
  const status = (await answered).status();
  await context.close();
  return status;
};

const at = (base, host) => base.replace(/\/\/[^:]+/, `//${host}`);

export const attacks = async () => {
  for (const base of [local, named, encrypted]) {
    const own = new URL(base).hostname;
    assert.equal(await send(at(base, "evil.test"), base, false), 403, `${base}: another site`);
    assert.equal(await send(at(base, `evil.${own}`), base, false).catch(() => 403), 403, `${base}: a sibling`);
    assert.equal(await send(base, base, true), 403, `${base}: a null origin`);
    // The same form of the page itself.
    assert.equal(await send(base, base, false), 200, `${base}: the page's own form`);
  }
  // No header at all: a program.
  const body = new URLSearchParams({ edit: "acme/shop", entries: "203.0.113.7" });
  const answer = await fetch(`${local}/admin/allowlist/preview`, {
    method: "POST",
    body,
    redirect: "manual",
  });
  assert.equal(answer.status, 403, "no origin");

  // The page does not show in a frame.
  // The browser's own message about it is expected, so this page is not watched.
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${local}/frame`);
  assert.ok(!(await page.frames()[1].content()).includes("Backend"), "the page shows in a frame");
  await context.close();
};
