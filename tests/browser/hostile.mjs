// Hostile texts through every field and every screen. The watch over the pages finds a dialog, a blocked script or a broken page.
import assert from "node:assert/strict";
import { audit, full, local, open } from "./browser.mjs";

const all = [
  '"><img src=x onerror=alert(1)>',
  "<script>alert(1)</script>",
  "' onfocus='alert(1)' autofocus='",
  "{{ 7 * 7 }} ${7*7} {% raw %}",
  "javascript:alert(1)",
  "</textarea></title></script><svg onload=alert(1)>",
  "&lt;b&gt; &#60; &amp;amp;",
  "\u05e9\u05dc\u05d5\u05dd (admin)",
  "e\u0301\u0302\u0303 \u4e2d\u6587",
  "\u{1f600}".repeat(100),
];
const texts = full ? all : all.slice(0, 1);

const sideways = async (page, what) => {
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 1, `${what} scrolls sideways by ${wide} px`);
};

const walk = async (javaScriptEnabled) => {
  const { context, page } = await open({ javaScriptEnabled, viewport: { width: 320, height: 900 } });
  const home = `${local}/hostile/`;
  const send = async (text) => {
    const shown = page.waitForEvent("domcontentloaded");
    await page.getByRole("button", { name: text, exact: true }).last().click();
    await shown;
    await sideways(page, page.url());
  };
  const fill = (label, text) => page.getByLabel(label).first().fill(text);
  for (const text of texts) {
    // As the names of a workspace, a credential and an integration.
    await page.goto(`${home}workspaces/create`);
    await fill("Name", text);
    await send("Create");
    await page.goto(`${home}add`);
    await fill("Name", text);
    await page.getByLabel("App key").check();
    await page.getByLabel("Everything, including scopes added later").check();
    await send("Add and show the key");
    assert.equal(await page.locator("#kw-secret, #kw-errors").count(), 1, text);
    await page.goto(`${home}integrations`);
    await page.locator("#custom").fill(text);
    await page.locator("#custom-credential").selectOption({ index: 1 });
    await send("Connect");
    // In the address.
    const queries = ["?q=", "?workspace=", "?kind=", "history?by=", "history?credential=", "history?action=", "history?from="];
    for (const query of [...queries, "integrations?workspace=", "allowlist?edit=", "add?name="]) {
      await page.goto(home + query + encodeURIComponent(text));
      await sideways(page, query);
    }
    // In every other form.
    await page.goto(home);
    await page.locator("#q").fill(text);
    await send("Apply");
    await page.goto(`${home}history`);
    await fill("Key ID", text);
    await fill("Who (ID)", text);
    await send("Apply");
    await page.goto(`${home}allowlist`);
    await fill("Address or network 1", text);
    await send("Preview the change");
    await page.goto(`${home}allowlist`);
    await page.locator("tbody th a").first().click();
    await page.locator("#entries").fill(text);
    await send("Preview the change");
    await page.goto(`${home}?kind=app`);
    await page.locator("tbody th a").first().click();
    await page.waitForURL(/credentials\/\w+$/);
    const credential = page.url();
    await page.getByText("Rename", { exact: true }).first().click();
    await fill("Name", `${[...text].slice(0, 99).join("")}.`);
    await send("Rename");
    for (const [summary, label] of [
      ["Change the networks", "Networks from which the key works"],
      ["Change the labels", "Labels, one on each line"],
    ]) {
      await page.goto(credential);
      await page.getByText(summary, { exact: true }).first().click();
      await fill(label, text);
      await send(summary);
    }
    await page.goto(credential);
    await page.getByText("Change the owner", { exact: true }).first().click();
    await page.getByLabel("A member").check();
    await fill("ID of the member", text.slice(0, 100));
    await send("Change the owner");
    await page.goto(`${credential}/rotate`);
    await send("Rotate and show the new key");
    await page.goto(`${credential}/delete`);
    await page.getByLabel("Type the name").fill(`${text}!`);
    await send("Delete");
    await page.goto(`${home}workspaces`);
    await page.getByRole("link", { name: /^Rename/ }).first().click();
    await fill("Name", text);
    await send("Rename");
  }
  // The screens with all of these names.
  for (const screen of ["", "add", "allowlist", "integrations", "history", "workspaces", "workspaces/create"]) {
    await page.goto(home + screen);
    assert.equal(await page.locator("main").count(), 1, screen);
    assert.equal(await page.locator("main img, main svg, main script").count(), 0, screen);
    await sideways(page, screen);
    if (javaScriptEnabled) await audit(page, `hostile names, ${screen}`);
  }
  await context.close();
};

export const hostile = async () => {
  for (const javaScriptEnabled of full ? [true, false] : [true]) await walk(javaScriptEnabled);
};
