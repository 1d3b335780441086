// Walks through every page of a demo, at both widths and in both themes: measures each against WCAG 2.2 AA, or draws
// it into a folder (`cargo xtask screenshots`). Errors in a page's console, and pages that are wider than the screen,
// are findings, too.

const fs = require("node:fs");
const path = require("node:path");
const { AxeBuilder } = require("@axe-core/playwright");
const house = require("./house.js");

const SCREENS = [
  { name: "1440-light", width: 1440, height: 900, colorScheme: "light" },
  { name: "1440-dark", width: 1440, height: 900, colorScheme: "dark" },
  { name: "390-light", width: 390, height: 844, colorScheme: "light" },
  { name: "390-dark", width: 390, height: 844, colorScheme: "dark" },
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Every page: its name, and its address or how to find that. */
const PAGES = [
  ["now", "/"],
  ["incidents", "/incidents"],
  ["incidents-all", "/incidents?state=all"],
  ["incident-new", "/incidents/new"],
  ["incident", (page) => first(page, "/incidents", "main a[href^='/incidents/INC-']")],
  ["incident-resolved", (page) => last(page, "/incidents?state=all", "main a[href^='/incidents/INC-']")],
  ["alerts", "/alerts?state=all"],
  ["suppressions", "/suppressions?state=all"],
  ["suppression-new", "/suppressions/new"],
  ["alert", (page) => first(page, "/alerts?state=all", "main a[href^='/alerts/']")],
  ["on-call", "/on-call"],
  ["holidays", "/on-call/holidays?region=DE-BY"],
  ["readiness", "/readiness"],
  ["schedules", "/schedules"],
  ["schedule", "/schedules/platform-follow-the-sun"],
  ["schedule-edit", "/schedules/commerce-primary/edit"],
  ["policies", "/policies"],
  ["policy", "/policies/platform"],
  ["policy-edit", "/policies/payments/edit"],
  ["services", "/services"],
  ["service", "/services/checkout"],
  ["service-edit", "/services/checkout/edit"],
  ["integrations", "/integrations"],
  ["integration", "/integrations/checkout-prometheus"],
  ["inbox", "/inbox"],
  ["deliveries", "/deliveries"],
  ["delivery", (page) => first(page, "/deliveries", "main a[href^='/deliveries/']")],
  ["people", "/people"],
  ["person", "/people/ruth"],
  ["person-new", "/people/new"],
  ["teams", "/teams"],
  ["team", "/teams/commerce"],
  ["settings", "/settings"],
  ["settings-mail", "/settings/mail"],
  ["settings-tokens", "/settings/tokens"],
  ["settings-limits", "/settings/limits"],
  ["settings-audit", "/settings/audit"],
  ["not-there", "/incidents/INC-999999"],
  ["one-tap", oneTap],
  ["sign-in", "/login", { signedOut: true }],
  ["demo", "/demo"],
];

async function links(page, list, selector) {
  await page.goto(list);
  const found = await page.locator(selector).evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  if (found.length === 0) throw new Error(`${list} has no ${selector}`);
  return found;
}

async function first(page, list, selector) {
  return (await links(page, list, selector))[0];
}

async function last(page, list, selector) {
  return (await links(page, list, selector)).at(-1);
}

/** The page behind the latest page that arrived on a phone. */
async function oneTap(page) {
  await page.goto("/demo");
  const message = page.locator(".phone-message.sev1").first();
  await message.click();
  const source = page.locator(".phone-page:not([hidden]) iframe");
  await source.waitFor();
  return source.getAttribute("src");
}

/** Lets something be wrong, so that pages have something to show. */
async function trouble(browser, address) {
  const page = await browser.newPage({ baseURL: address });
  await page.goto("/demo");
  await page.locator("[data-act=break]").click();
  await page.locator(".phone-message.sev1").first().waitFor();
  await page.close();
}

async function look(page, name, screen, options, findings) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) findings.push(`${name} (${screen.name}): ${wide} px wider than the screen`);
  if (options.axe) {
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode(true).analyze();
    for (const { id, help, nodes } of violations) {
      findings.push(`${name} (${screen.name}): ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
    }
  }
  if (options.screenshots) {
    await page.screenshot({ path: path.join(options.screenshots, `${name}-${screen.name}.png`), fullPage: true });
  }
}

async function tour(browser, address, screen, options, findings) {
  const { width, height, colorScheme } = screen;
  const context = await browser.newContext({ baseURL: address, viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  let where = "";
  page.on("console", (message) => {
    if (message.type() === "error" && where !== "not-there") findings.push(`${where} (${screen.name}): ${message.text()}`);
  });
  page.on("pageerror", (error) => findings.push(`${where} (${screen.name}): ${error.message}`));
  await page.goto("/demo");
  await page.goto("/demo/as/ruth");
  for (const [name, place, { signedOut } = {}] of PAGES) {
    if (options.only && !options.only.includes(name)) continue;
    where = name;
    const target = typeof place === "string" ? place : await place(page);
    if (signedOut) await context.clearCookies();
    const answer = await page.goto(target);
    if (name !== "not-there" && !answer.ok()) findings.push(`${name} (${screen.name}): ${answer.status()}`);
    await page.waitForTimeout(150);
    await look(page, name, screen, options, findings);
  }
  await context.close();
}

/** Walks through all pages on these screens, and returns what it found. */
async function walk(browser, address, screens, options) {
  const findings = [];
  if (options.screenshots) fs.mkdirSync(options.screenshots, { recursive: true });
  await trouble(browser, address);
  for (const screen of screens) await tour(browser, address, screen, options, findings);
  return findings;
}

/** Draws every page into the folder that is named; a second word picks some of the pages, by name. */
async function main() {
  const [screenshots, only] = process.argv.slice(2);
  const [browser, demo] = await Promise.all([house.browser(), house.demo()]);
  try {
    const findings = await walk(browser, demo.address, SCREENS, { screenshots, only: only?.split(",") });
    for (const finding of findings) console.error(finding);
    console.log(`${fs.readdirSync(screenshots).length} pictures in ${screenshots}, ${findings.length} findings`);
    process.exitCode = findings.length ? 1 : 0;
  } finally {
    await browser.close();
    await demo.stop();
  }
}

if (require.main === module) main();
module.exports = { SCREENS, walk };
