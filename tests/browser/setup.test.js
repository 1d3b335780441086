// A new installation, from the link that it prints to the all-clear of its first page.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { browser, eventually, mailServer, server } = require("./house.js");

let chromium, mail, house, page;

before(async () => {
  [chromium, mail, house] = await Promise.all([browser(), mailServer(), server()]);
  page = await chromium.newPage();
});
after(async () => {
  await chromium?.close();
  await house?.stop();
  mail?.stop();
});

const next = () => page.getByRole("button", { name: "Continue", exact: true }).click();

/** The text of a mail whose lines were folded and whose signs were encoded for the way. */
const plain = (text) => text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

test("the wizard leads to a page that reaches its reader", async () => {
  await page.goto(house.link);
  await page.getByLabel("Organisation").fill("Shop");
  await page.getByLabel("Your name").fill("Ana Ruiz");
  await page.getByLabel("Login").fill("ana");
  await page.getByLabel("Mail address").fill("ana@shop.example");
  await page.getByLabel("Password").fill("short");
  await next();
  assert.match(page.url(), /\/setup/, "a password that is too short is not taken");
  await page.getByLabel("Password").fill("the night is long");
  await next();

  await page.getByLabel("Server").fill("127.0.0.1");
  await page.getByLabel("Port").fill("1");
  await page.getByLabel("Protection").selectOption({ index: 2 });
  await page.getByLabel("Sender").fill("Allclear <pager@shop.example>");
  await page.getByRole("button", { name: "Send a test mail" }).click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Port").fill(String(mail.port));
  await page.getByRole("button", { name: "Send a test mail" }).click();
  await page.getByText("The server took a mail to ana@shop.example.").waitFor();
  await next();

  await page.getByLabel("Name", { exact: true }).fill("Checkout");
  await next();
  await page.getByText("curl", { exact: false }).first().waitFor();
  const pages = mail.mails.length;
  await page.getByRole("button", { name: "Page me now" }).click();
  const arrived = await eventually(() => mail.mails.slice(pages).find((one) => one.includes("/k/")), "page in the mail");
  const link = /http:\S+\/k\/[\w-]+/.exec(plain(arrived))[0];

  const phone = await (await chromium.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  await phone.goto(link);
  await phone.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await phone.getByText("You acknowledged").waitFor();
  await page.getByText("It works: from an event to your tap.").waitFor();
  await page.getByRole("button", { name: "Finish" }).click();
  await page.getByRole("heading", { name: "Shop can be paged." }).waitFor();

  await phone.getByRole("button", { name: "It is over: resolve" }).click();
  await phone.getByText("resolved", { exact: false }).first().waitFor();
  await page.goto("/incidents?state=resolved".replace(/^/, house.address));
  await page.getByText("INC-1").first().waitFor();
});

test("the link works once, and others may not sign in without a password", async () => {
  const stranger = await chromium.newPage();
  const answer = await stranger.goto(house.link);
  assert.equal(answer.status(), 200);
  assert.equal(stranger.url(), `${house.address}/login?next=/`, "the link leads to where everybody signs in");
  assert.ok(!(await stranger.getByLabel("Organisation").isVisible()), "the set-up is over");
  await stranger.goto(`${house.address}/incidents`);
  assert.match(stranger.url(), /\/login/);
  await stranger.getByLabel("Login").fill("ana");
  await stranger.getByRole("textbox", { name: "Password" }).fill("the night is short");
  await stranger.getByRole("button", { name: "Sign in" }).click();
  assert.match(stranger.url(), /\/login/);
  await stranger.getByRole("textbox", { name: "Password" }).fill("the night is long");
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await stranger.waitForURL(/\/incidents$/);
  await stranger.close();
});
