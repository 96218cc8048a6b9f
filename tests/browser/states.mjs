// Each state of the page: how a reader comes to it.
import { back, local } from "./browser.mjs";

const link = (text) => async (page) => page.getByRole("link", { name: text, exact: true }).first().click();
const button = (text) => async (page) => page.getByRole("button", { name: text }).first().click();
const detail = (name) => async (page) => {
  await page.getByRole("row").filter({ hasText: name }).getByRole("link").first().click();
};
const firstDetail = async (page) => page.locator("tbody th a").first().click();
const fill = (label, text) => async (page) => page.getByLabel(label).first().fill(text);
const openDetails = (page) =>
  page.evaluate(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
let made = 0;
const addKey = async (page) => {
  made += 1;
  await page.getByLabel("Name").fill(`State ${made}`);
  await page.getByLabel("Workspace").selectOption("acme/shop");
  await page.getByLabel("App key").check();
  await page.getByLabel("Everything, including scopes added later").check();
  await page.getByRole("button", { name: "Add and show the key" }).click();
};

export const states = {
  list: ["/admin/"],
  "list-filtered-empty": ["/admin/?status=ended"],
  "list-empty": ["/empty/"],
  add: ["/admin/add?kind=app"],
  "add-error": [
    "/admin/add",
    fill("Name", "primary"),
    async (page) => page.getByLabel("Everything, including scopes added later").check(),
    button("Add and show the key"),
  ],
  credential: ["/admin/", detail("Backend"), openDetails],
  "credential-suspended": ["/admin/", detail("Reports"), openDetails],
  "credential-deprecated": ["/admin/", detail("export"), openDetails],
  "credential-last": ["/admin/?workspace=acme%2Foutlet", detail("primary")],
  "credential-viewer": ["/viewer/", detail("Backend")],
  "rename-error": [
    "/admin/",
    detail("Backend"),
    async (page) => page.getByText("Rename", { exact: true }).first().click(),
    fill("Name", 'Reports <b>"quoted"</b>'),
    button("Rename"),
  ],
  // Somebody else changed the credential after the form was opened.
  changed: ["/admin/", detail("Backend"), async (page) => {
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText("Change the expiry", { exact: true }).first().click();
    await other.getByLabel("In 30 days").first().check();
    await other.getByRole("button", { name: "Change the expiry" }).click();
    await other.getByText("Done:").waitFor();
    await page.getByText("Rename", { exact: true }).first().click();
    await page.getByLabel("Name").fill("Backend 2");
    await page.getByRole("button", { name: "Rename" }).click();
    await other.getByText("Change the expiry", { exact: true }).first().click();
    await other.getByLabel("No expiry").first().check();
    await other.getByRole("button", { name: "Change the expiry" }).click();
    await other.getByText("Done:").waitFor();
    await other.close();
  }],
  // The scopes, networks, labels and owner of a credential.
  "credential-narrow": ["/admin/", detail("Narrow"), openDetails],
  "networks-error": [
    "/admin/",
    detail("Backend"),
    openDetails,
    fill("Networks from which the key works", "203.0.113.0/24\nthe office"),
    button("Change the networks"),
  ],
  "labels-error": ["/admin/", detail("Backend"), openDetails, fill("Labels, one on each line", "team"), button("Change the labels")],
  "scopes-error": [
    "/admin/",
    detail("Backend"),
    openDetails,
    async (page) => page.getByLabel("Only what is chosen below").check(),
    button("Change what the key may do"),
  ],
  "add-further": ["/admin/add?kind=app", openDetails],
  rotate: ["/admin/", detail("Backend"), link("Rotate the key")],
  "rotate-error": [
    "/admin/",
    detail("Backend"),
    link("Rotate the key"),
    button("Rotate and show the new key"),
  ],
  reveal: ["/admin/?kind=track", detail("primary"), link("Reveal the key")],
  secret: ["/admin/?kind=track", detail("primary"), link("Reveal the key"), button("Reveal the key")],
  "secret-once": ["/admin/add", addKey],
  // A form that is sent twice.
  repeated: ["/admin/add", async (page) => {
    const operation = await page.locator("input[name=operation]").getAttribute("value");
    await addKey(page);
    // The browser keeps the form behind the back button.
    await back(page);
    await page.waitForLoadState();
    await page.locator("input[name=operation]").evaluate((it, value) => (it.value = value), operation);
    made -= 1;
    await addKey(page);
  }],
  delete: ["/admin/", detail("Backend"), link("Delete")],
  "delete-error": ["/admin/", detail("Backend"), link("Delete"), fill("Type the name", "wrong"), button("Delete")],
  "delete-last": ["/admin/?workspace=acme%2Foutlet", detail("primary"), link("Delete")],
  "delete-connected": ["/admin/?workspace=acme%2Fshop&kind=track", detail("primary"), link("Delete")],
  allowlist: ["/admin/allowlist"],
  "allowlist-edit": ["/admin/allowlist?edit=acme%2Foutlet"],
  "allowlist-error": [
    "/admin/allowlist?edit=acme%2Foutlet",
    fill("Addresses and networks", "nonsense"),
    button("Preview"),
  ],
  "allowlist-preview": [
    "/admin/allowlist?edit=acme%2Foutlet",
    fill("Addresses and networks", "203.0.113.7\n2001:db8::/32"),
    button("Preview"),
  ],
  "allowlist-dry-run": [
    "/admin/allowlist?edit=acme%2Fshop",
    fill("Addresses and networks", "203.0.113.7\n198.51.100.0/24"),
    button("Preview"),
  ],
  "allowlist-viewer": ["/viewer/allowlist?edit=acme%2Foutlet"],
  integrations: ["/admin/integrations?workspace=acme%2Fshop"],
  "integrations-viewer": ["/viewer/integrations?workspace=acme%2Fshop"],
  history: ["/admin/history"],
  "history-filtered-empty": ["/admin/history?action=repaired&from=2026-01-01"],
  workspaces: ["/admin/workspaces"],
  "workspace-create": ["/admin/workspaces/create"],
  "workspace-rename": ["/admin/workspaces/rename?workspace=acme%2Foutlet"],
  "workspace-remove": ["/admin/workspaces/remove?workspace=acme%2Foutlet"],
  "workspace-remove-error": [
    "/admin/workspaces/remove?workspace=acme%2Foutlet",
    fill("Type the name", "wrong"),
    button("Remove"),
  ],
  forbidden: ["/guest/"],
  suspended: ["/suspended/"],
  "not-found": ["/admin/credentials/000000000000"],
  "no-actor": ["/nobody/"],
  "wrong-path": ["/admin/nowhere"],
  unavailable: ["/down/"],
  layout: ["/layout/"],
  // The rules of the account, and a key that was found in public.
  policy: ["/admin/policy"],
  "policy-viewer": ["/viewer/policy"],
  "policy-error": ["/admin/policy", fill("Longest lifetime of a credential", "90 days"), button("Save the rules")],
  "policy-preview": ["/admin/policy", fill("Longest lifetime of a credential", "86400"), button("Preview the effect")],
  "policy-effect": ["/admin/policy/effect"],
  leaked: ["/admin/leaked"],
  "leaked-nothing": ["/admin/leaked", fill("The text that was found", "nothing"), button("Find the key")],
  "leaked-found": ["/admin/add", addKey, async (page) => {
    const found = await page.locator("#kw-secret").inputValue();
    await page.goto(`${local}/admin/leaked`);
    await page.getByLabel("The text that was found").fill(`Authorization: Bearer ${found}`);
  }, button("Find the key")],
  "list-viewer": ["/viewer/"],
  "workspaces-viewer": ["/viewer/workspaces"],
  "fresh-login": ["/fresh/add", addKey],
  // A service that cannot carry out a form now: other changes are first, its store takes no change, or its connection is lost.
  busy: ["/busy/", detail("Backend"), openDetails, fill("Name", "Backend 3"), button("Rename")],
  "busy-again": ["/busy/add", addKey, button("Send the form again")],
  "unavailable-form": ["/half/add", addKey],
  unknown: ["/lost/add", addKey],
  // One key is being made, and another one waits for it.
  full: ["/full/add", async (page) => {
    await page.request.post(`${local}/fill`);
    await addKey(page);
  }],
  // A thousand credentials with names of a hundred characters.
  "large-list": ["/large/"],
  "large-list-next": ["/large/", link("Next page")],
  "large-credential": ["/large/", firstDetail, openDetails],
  "large-delete": ["/large/", firstDetail, link("Delete")],
  "large-rotate": ["/large/", firstDetail, link("Rotate the key")],
  "large-add": ["/large/add"],
  "large-secret": ["/large/?kind=track", firstDetail, link("Reveal the key"), button("Reveal the key")],
  "large-allowlist": ["/large/allowlist"],
  "large-preview": ["/large/allowlist?edit=acme%2F1", fill("Addresses and networks", "203.0.113.7"), button("Preview")],
  "large-integrations": ["/large/integrations?workspace=acme%2F1"],
  "large-history": ["/large/history"],
  "large-workspaces": ["/large/workspaces"],
  damaged: ["/large/?workspace=acme%2F19"],
  "damaged-delete": ["/large/?workspace=acme%2F19", link("Delete it")],
  // A language that runs from right to left.
  "rtl-list": ["/rtl/"],
  "rtl-credential": ["/rtl/", detail("Backend"), openDetails],
  "rtl-add": ["/rtl/add"],
  "rtl-allowlist": ["/rtl/allowlist"],
};
