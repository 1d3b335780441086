// The app's pages: for every eye, for the keyboard, for a browser without scripts, and for a phone without a signal.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { browser, demo, eventually } = require("./house.js");
const { SCREENS, walk } = require("./tour.js");

let chromium, house;

before(async () => {
  [chromium, house] = await Promise.all([browser(), demo()]);
});
after(async () => {
  await chromium?.close();
  await house?.stop();
});

/** A browser of its own in which somebody is signed in. */
async function signedIn(login, options = {}) {
  const context = await chromium.newContext({ baseURL: house.address, viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(`/demo/as/${login}`);
  return page;
}

/** Declares an incident as a person does, and returns its reference. */
async function declare(page, title, service = "checkout") {
  await page.goto("/incidents/new");
  await page.getByLabel("What is wrong").fill(title);
  await page.getByLabel("Service").selectOption(service);
  await page.getByRole("button", { name: "Declare and page" }).click();
  await page.getByRole("heading", { name: title }).waitFor();
  return /INC-\d+/.exec(page.url())[0];
}

test("every page fits its screen and meets WCAG 2.2 AA", async () => {
  // Each width once, and each theme once.
  const screens = SCREENS.filter(({ name }) => ["1440-light", "390-dark"].includes(name));
  const findings = await walk(chromium, house.address, screens, { axe: true });
  assert.deepEqual(findings, []);
});

test("the keyboard alone finds, acknowledges and resolves an incident", async () => {
  const page = await signedIn("ben");
  const reference = await declare(page, "The keyboard is all there is");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.waitForURL(/\/incidents$/);
  for (let steps = 0; steps < 20; steps += 1) {
    await page.keyboard.press("j");
    if ((await page.locator("[data-row].at").innerText()).includes(reference)) break;
  }
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "The keyboard is all there is" }).waitFor();
  await page.keyboard.press("a");
  await page.getByText("acknowledged", { exact: true }).first().waitFor();
  await page.keyboard.press("n");
  await page.keyboard.type("Found it by keyboard");
  await page.keyboard.press("Control+Enter");
  await page.locator("#timeline").getByText("Found it by keyboard").waitFor();
  await page.locator("body").click({ position: { x: 1430, y: 890 } });
  await page.keyboard.press("r");
  await page.getByText("resolved", { exact: true }).first().waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("escalation");
  await page.locator("#palette [role=option]").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/incidents"));
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).or(page.locator("#help[open]")).first().waitFor();
  await page.context().close();
});

test("without scripts, everything but live updates works", async () => {
  const page = await signedIn("ben", { javaScriptEnabled: false });
  const reference = await declare(page, "No script runs here");
  await page.getByRole("button", { name: /^Acknowledge a/ }).click();
  await page.getByText("acknowledged", { exact: true }).first().waitFor();
  await page.getByLabel("Note").fill("Written by a form");
  await page.getByRole("button", { name: /^Add note/ }).click();
  await page.getByText("Written by a form").waitFor();
  await page.getByText("Snooze", { exact: false }).first().click();
  await page.getByRole("button", { name: "Snooze", exact: true }).click();
  await page.getByText("snoozed", { exact: true }).first().waitFor();
  await page.goto("/incidents");
  await page.getByRole("checkbox", { name: `Select ${reference}` }).check();
  await page.getByRole("button", { name: /^Resolve/ }).click();
  await page.goto(`/incidents/${reference}`);
  await page.getByText("resolved", { exact: true }).first().waitFor();
  await page.context().close();
});

test("what happens shows itself, and takes nothing away from whoever is choosing", async () => {
  const [watching, acting] = [await signedIn("ana"), await signedIn("ben")];
  const reference = await declare(acting, "Somebody watches");
  await watching.goto(`/incidents/${reference}`);
  await watching.getByText("Live", { exact: true }).waitFor();
  await watching.locator("summary", { hasText: "Snooze" }).click();
  await acting.getByLabel("Note").fill("Seen without a reload");
  await acting.keyboard.press("Control+Enter");
  await watching.locator("#timeline").getByText("Seen without a reload").waitFor();
  await acting.getByRole("button", { name: /^Acknowledge a/ }).click();
  await watching.locator("#incident-head").getByText("acknowledged", { exact: true }).waitFor();
  assert.ok(await watching.getByRole("button", { name: "Snooze", exact: true }).isVisible(), "the open sheet stays open");

  await watching.goto("/incidents");
  await watching.getByText("Live", { exact: true }).waitFor();
  await watching.keyboard.press("j");
  const another = await declare(acting, "It queues behind a button, or stands in the list");
  await eventually(async () => (await watching.locator("main").innerText()).match(new RegExp(`${another}|\\d+ new`)), "new incident");
  await acting.goto(`/incidents/${reference}`);
  await acting.getByRole("button", { name: /^Resolve r/ }).click();
  await watching.context().close();
  await acting.context().close();
});

test("a tap on a phone without a signal is sent once there is one", async () => {
  const stage = await signedIn("ruth");
  await stage.goto("/demo");
  await stage.locator("[data-act=break]").click();
  await stage.locator(".phone-message.sev1").first().click();
  const link = await stage.locator(".phone-page:not([hidden]) iframe").getAttribute("src");
  const context = await chromium.newContext({ baseURL: house.address, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const phone = await context.newPage();
  const answer = await phone.goto(link);
  assert.ok((await answer.body()).length < 15_000, "the page of 3 am is small");
  const button = phone.getByRole("button", { name: /acknowledge/i });
  assert.ok((await button.boundingBox()).height >= 64, "and its button is large");
  await context.setOffline(true);
  await button.tap();
  await phone.getByText("Not acknowledged yet").waitFor();
  await context.setOffline(false);
  await phone.getByText("You acknowledged").waitFor();
  await stage.locator("[data-act=mend]").click();
  await context.close();
  await stage.context().close();
});
