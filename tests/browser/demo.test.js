// The demo, as a visitor plays it: a page that is acknowledged, a network that is cut, a storm.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { browser, demo, eventually } = require("./house.js");

let chromium, house, context, stage;

before(async () => {
  [chromium, house] = await Promise.all([browser(), demo()]);
  context = await chromium.newContext({ baseURL: house.address, viewport: { width: 1440, height: 900 } });
  stage = await context.newPage();
  await stage.goto("/demo");
});
after(async () => {
  await chromium?.close();
  await house?.stop();
});

const act = (name) => stage.locator(`[data-act=${name}]`).click();
const app = () => stage.frameLocator("[data-app]");
const messages = () => stage.locator(".phone-message");
const counted = async (name) => Number((await stage.locator(`[data-count=${name}]`).innerText()).replace(/\D/g, ""));

test("a phone rings, its owner acknowledges on it, and the app shows it without being asked", async () => {
  await act("break");
  await app().locator(".yours").waitFor();
  const page = stage.locator(".phone-message.sev1").first();
  await page.click();
  const phone = stage.locator(".phone-page:not([hidden])").frameLocator("iframe");
  await phone.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await phone.getByText("You acknowledged").waitFor();
  await app().getByText("acknowledged").first().waitFor();
  await app().locator(".yours").waitFor({ state: "detached" });
  await stage.getByRole("button", { name: "Back to the messages" }).first().click();
});

test("a page that finds the network cut arrives once it works again", async () => {
  await act("mend");
  await eventually(async () => (await counted("incidents")) <= 1, "all-clear");
  await act("cut");
  await stage.getByText("Phone network is cut").waitFor();
  const before = await stage.locator(".phone-message.sev1").count();
  await act("break");
  await app().locator(".yours").waitFor();
  const deliveries = await context.newPage();
  await deliveries.goto("/deliveries");
  await eventually(async () => {
    await deliveries.reload();
    return (await deliveries.locator("main").innerText()).includes("it answered 503");
  }, "attempt that did not get through");
  assert.equal(await stage.locator(".phone-message.sev1").count(), before, "nothing arrives over a network that is cut");
  await act("cut");
  await eventually(async () => (await stage.locator(".phone-message.sev1").count()) > before, "page after the network works again");
  await act("mend");
  await deliveries.close();
});

test("a storm of alerts becomes a few incidents, and nobody's phone melts", async () => {
  const [alerts, arrived] = [await counted("alerts"), await messages().count()];
  await act("storm");
  await eventually(async () => (await counted("alerts")) >= alerts + 3000, "storm of 3,000 alerts");
  assert.ok((await counted("incidents")) < 12, "incidents");
  assert.ok((await messages().count()) - arrived < 60, "messages on all phones together");
  await act("mend");
  await eventually(async () => (await counted("incidents")) <= 3, "all-clear, but for the database");
});
