// A store that takes two seconds for a change, and an impatient reader.
import assert from "node:assert/strict";
import { audit, encrypted, local, open, secretOf, secretText } from "./browser.mjs";

export const late = async () => {
  for (const [base, number] of [[local, 1], [encrypted, 2]]) {
    const { context, page } = await open();
    const home = `${base}/late/`;
    const name = `Late ${number}`;
    await page.goto(`${home}add`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Workspace").selectOption("acme/shop");
    await page.getByLabel("App key").check();
    await page.getByLabel("Everything, including scopes added later").check();
    // The form is sent twice, at once.
    await page.getByRole("button", { name: "Add and show the key" }).dblclick();
    const again = page.getByRole("button", { name: "Replace the unused key and show the new one" });
    await page.locator("#kw-secret").or(again).waitFor();
    if (await again.isVisible()) {
      await audit(page, "sent twice to a late store");
      await again.click();
    }
    await page.locator("#kw-secret").waitFor();
    assert.match(await secretOf(page), secretText);
    await page.goto(`${home}?q=${encodeURIComponent(name)}`);
    assert.equal(await page.locator("tbody tr").count(), 1, "a form that was sent twice makes one credential");

    // A form that is sent while the last one is under way: one of the two changes is made, and the other is refused or told.
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByText("Suspend", { exact: true }).first().click();
    await page.locator("#suspend").dblclick();
    await page.locator("#kw-done, #kw-errors").waitFor();
    await page.goto(`${home}history`);
    await page.getByText("Suspended it").first().waitFor();
    await context.close();
  }

  // The values of a form that the store did not take are sent again by one button, with and without a script.
  for (const javaScriptEnabled of [true, false]) {
    const { context, page } = await open({ javaScriptEnabled });
    await page.goto(`${local}/half/allowlist?edit=acme%2Fshop`);
    await page.getByLabel("Addresses and networks").fill("203.0.113.7\n2001:db8::/32");
    await page.getByRole("button", { name: "Preview the change" }).click();
    await page.getByRole("button", { name: "Confirm the change" }).click();
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.postData()));
    for (const _ of [1, 2]) {
      await page.getByRole("heading", { name: "Temporarily unavailable" }).waitFor();
      await page.getByText("Nothing was changed.").waitFor();
      await page.getByText("Try again in 1 second.").waitFor();
      const shown = page.waitForEvent("domcontentloaded");
      await page.getByRole("button", { name: "Send the form again" }).click();
      await shown;
    }
    assert.equal(sent[0], sent[1]);
    assert.ok(decodeURIComponent(sent[0]).includes("203.0.113.7/32+2001:db8::/32"), sent[0]);
    if (javaScriptEnabled) {
      const focused = await page.evaluate(() => document.activeElement.tagName);
      assert.equal(focused, "H1", "the state is announced");
    }
    await context.close();
  }
};
