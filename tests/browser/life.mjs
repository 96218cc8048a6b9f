// Everything that a reader can do, from an empty form to the history, and where the secrets are afterwards.
import assert from "node:assert/strict";
import { back, faults, open, secretOf, secretText } from "./browser.mjs";

// Fails if the secret is in the page, in a field or in an attribute.
const assertGone = async (page, secret, when) => {
  // The browser may still be on its way to its own page that says that it will not send the form again.
  let html;
  while (html === undefined) {
    await page.waitForLoadState();
    html = await page.content().catch(() => undefined);
  }
  const values = await page.evaluate(() =>
    [...document.querySelectorAll("input, textarea")].map((it) => it.value).join(" "),
  );
  if (html.includes(secret) || values.includes(secret) || secretText.test(html + values)) {
    faults.push(`the secret is there after ${when} at ${page.url()}`);
  }
};

let lives = 0;

// `prefix` is where the page is mounted.
export const life = async (base, prefix, javaScriptEnabled) => {
  const how = `${base}${prefix} ${javaScriptEnabled ? "with" : "without"} script`;
  const { context, page } = await open({ javaScriptEnabled });
  lives += 1;
  const name = `Key ${lives}`;
  const home = `${base}${prefix}/`;
  const click = (role, text) => page.getByRole(role, { name: text, exact: true }).first().click();
  const done = async (text) => {
    await page.getByText("Done:").waitFor();
    const said = await page.locator("#kw-done").innerText();
    assert.ok(said.includes(text), `${how}: ${said}`);
  };
  const openForm = (text) => page.getByText(text, { exact: true }).first().click();

  // A workspace of its own.
  await page.goto(home);
  await click("link", "Workspaces");
  await click("link", "Create a workspace");
  await page.getByLabel("Name").fill(`Depot ${lives}`);
  await click("button", "Create");
  const first = await secretOf(page);
  assert.match(first, secretText, how);
  await click("link", "Continue");
  await assertGone(page, first, "the first set");
  const workspace = `Depot ${lives} renamed`;
  await click("link", "Workspaces");
  await click("link", `Rename the workspace “Depot ${lives}”`);
  await page.getByLabel("Name").fill(workspace);
  await click("button", "Rename");
  await done(`to “${workspace}”`);

  // A key, and where it is afterwards.
  await click("link", "Credentials");
  await click("link", "Add a credential");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Workspace").selectOption({ label: workspace });
  await page.getByLabel("App key").check();
  await page.getByLabel("Everything, including scopes added later").check();
  await click("button", "Add and show the key");
  assert.match(await page.locator("h1").innerText(), /copy the key now/, how);
  const secret = await secretOf(page);
  assert.match(secret, secretText, how);
  if (javaScriptEnabled) {
    const focused = await page.evaluate(() => document.activeElement.id);
    assert.equal(focused, "kw-secret-heading", `${how}: the new secret is announced`);
    await click("button", "Copy Secret key");
    await page.getByText("Copied", { exact: true }).waitFor();
    // What was copied, pasted into a field.
    const other = await context.newPage();
    await other.goto(`${home}add`);
    await other.getByLabel("Name").focus();
    await other.keyboard.press("Control+V");
    assert.equal(await other.getByLabel("Name").inputValue(), secret, `${how}: copied`);
    await other.close();
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    const kept = () => indexedDB.databases().then((found) => found.length);
    assert.equal(await page.evaluate(kept), 0);
  }
  assert.deepEqual(await context.cookies(), []);
  await click("link", "I have copied the key");
  await assertGone(page, secret, "the link");
  // Chromium has nothing to show: it would have to send the form again.
  await back(page).catch((error) => assert.match(error.message, /ERR_CACHE_MISS/));
  await assertGone(page, secret, `back (${how})`);
  await page.goForward();
  await assertGone(page, secret, `forward (${how})`);
  await page.reload();
  await assertGone(page, secret, `reload (${how})`);
  const second = await context.newPage();
  await second.goto(home);
  await assertGone(second, secret, "a second tab");
  await second.close();

  // The rest of a key's life.
  await page.goto(`${home}?q=${encodeURIComponent(name)}`);
  await click("link", name);
  await openForm("Rename");
  await page.getByLabel("Name").fill(`${name} renamed`);
  await click("button", "Rename");
  await done(`to “${name} renamed”`);
  await openForm("Change the expiry");
  await page.locator("#date").fill("2099-12-31");
  await page.locator('input[name=expiry][value="date"]').check();
  await click("button", "Change the expiry");
  await done("Set the expiry to 2099-12-31 23:59 UTC");
  await openForm("Change the expiry");
  await page.locator('input[name=expiry][value="never"]').check();
  await click("button", "Change the expiry");
  await done("Removed the expiry");
  await openForm("Change what the key may do");
  await page.getByLabel("Only what is chosen below").check();
  await page.getByLabel("Read people").check();
  await click("button", "Change what the key may do");
  await done("read:people");
  await openForm("Change the networks");
  await page.getByLabel("Networks from which the key works").fill("203.0.113.0/24");
  await click("button", "Change the networks");
  await done("203.0.113.0/24");
  await openForm("Change the networks");
  await page.getByLabel("Networks from which the key works").fill("");
  await click("button", "Change the networks");
  await done("");
  await openForm("Change the labels");
  await page.getByLabel("Labels, one on each line").fill("team=billing");
  await click("button", "Change the labels");
  await done("team=billing");
  await openForm("Change the owner");
  await page.getByLabel("A member").check();
  await page.getByLabel("ID of the member").fill("bob@acme.test");
  await click("button", "Change the owner");
  await done("bob@acme.test");
  await click("link", "Rotate the key");
  await page.getByLabel("For 7 days").check();
  await click("button", "Rotate and show the new key");
  const rotated = await secretOf(page);
  assert.notEqual(rotated, secret);
  await click("link", "I have copied the key");
  await assertGone(page, rotated, "a rotation");
  await click("button", "End the previous key now");
  await done("Ended key 1");
  await openForm("Deprecate");
  await page.locator('input[name=sunset][value="30"]').check();
  await click("button", "Deprecate");
  await done("Deprecated it, with its end at");
  await openForm("Undo the deprecation");
  await click("button", "Undo the deprecation");
  await done("Undid the deprecation");
  await openForm("Suspend");
  await click("button", "Suspend");
  await done("Suspended it");
  await openForm("Resume");
  await click("button", "Resume");
  await done("Resumed it");

  // The allowlist: what it would be, and then the confirmation.
  await click("link", "IP allowlist");
  await page.getByLabel("Address or network 1").fill("203.0.113.7");
  await page.getByLabel("Workspace 1").selectOption({ label: workspace });
  await page.getByLabel("Address or network 2").fill("2001:db8::/32");
  await page.getByLabel("Workspace 2").selectOption({ label: workspace });
  await click("button", "Preview the change");
  await page.getByText("Nothing is changed yet.").waitFor();
  await click("button", "Confirm the change");
  await done("203.0.113.7/32");
  await click("link", workspace);
  await page.getByLabel("Addresses and networks").fill("203.0.113.8");
  await click("button", "Preview the change");
  await click("button", "Confirm the change");
  await done("203.0.113.8/32");
  await click("link", workspace);
  await page.getByLabel("Addresses and networks").fill("");
  await click("button", "Preview the change");
  await click("button", "Confirm the change");
  await done("Lifted the allowlist");

  // The integrations: a new set is there at once.
  await page.goto(`${home}add`);
  await page.getByLabel("Name").fill("website");
  await page.getByLabel("Workspace").selectOption({ label: workspace });
  await page.getByLabel("Track set").check();
  await page.getByLabel("Everything, including scopes added later").check();
  await click("button", "Add and show the key");
  const site = await page.locator("#kw-site-id").inputValue();
  await click("link", "Integrations");
  await page.getByLabel("Workspace").selectOption({ label: workspace });
  await click("button", "Apply");
  for (const title of ["JavaScript snippet", "Segment", "API"]) {
    const card = page.locator("section").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
    await card.getByLabel("Track set to use").selectOption(site);
    await card.getByRole("button", { name: "Connect" }).click();
    await done(title);
  }
  const snippet = await page.locator("section pre").first().innerText();
  assert.ok(snippet.includes(site) && !secretText.test(snippet), `${how}: ${snippet}`);
  await page.goto(`${home}?q=website`);
  await page.getByRole("row").filter({ hasText: site }).getByRole("link").click();
  await click("link", "Delete");
  await page.getByText("These integrations use it.").waitFor();
  await click("link", "Cancel");
  await click("link", "Reveal the key");
  await click("button", "Reveal the key");
  const revealed = await secretOf(page);
  await click("link", "Continue");
  await assertGone(page, revealed, "a reveal");

  // The history, with what was removed.
  await page.goto(`${home}?q=${encodeURIComponent(name)}`);
  await click("link", `${name} renamed`);
  const id = page.url().split("/").pop();
  await click("link", "Delete");
  await page.getByLabel("Type the name").fill(`${name} renamed`);
  await click("button", "Delete");
  await done(`Deleted the App key “${name} renamed”`);
  await page.locator("#kw-done a").click();
  await page.getByLabel("What").selectOption("deleted");
  await click("button", "Apply");
  assert.equal(await page.locator("tbody tr").count(), 1, how);
  assert.ok((await page.locator("tbody").innerText()).includes(id), how);
  await click("link", "Workspaces");
  await click("link", `Remove the workspace “${workspace}”`);
  await page.getByLabel("Type the name").fill(workspace);
  await click("button", "Remove");
  await done(`Removed the workspace “${workspace}”`);
  await context.close();
};
