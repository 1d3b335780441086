// Planning in the browser: a time dragged on a schedule's chart, by mouse and by keyboard, and previews while typing.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { browser, demo, eventually } = require("./house.js");

let chromium, house, page;

before(async () => {
  [chromium, house] = await Promise.all([browser(), demo()]);
  const context = await chromium.newContext({ baseURL: house.address, viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  await page.goto("/demo");
  await page.goto("/demo/as/ruth");
});
after(async () => {
  await chromium?.close();
  await house?.stop();
});

const SCHEDULE = "/schedules/commerce-primary?span=2w";
const said = (id, text) => eventually(async () => (await page.locator(id).innerText()).includes(text), `${id}: ${text}`);

/** Drags over the final row, from one part of its width to another. */
async function drag(from, until) {
  const box = await page.locator("[data-pick]").boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * until, y, { steps: 8 });
}

test("a drag fills in the form, which says whom it replaces and saves nothing by itself", async () => {
  await page.goto(SCHEDULE);
  await page.selectOption("#user", "ana");
  await drag(0.25, 0.5);
  await page.mouse.up();
  // A quarter of two weeks is three and a half days; the hours are whole.
  const [starts, ends] = [await page.inputValue("#starts"), await page.inputValue("#ends")];
  assert.match(starts, /^\d{4}-\d\d-\d\dT\d\d:00$/);
  assert.ok(Math.abs(Date.parse(ends) - Date.parse(starts) - 84 * 3_600_000) <= 3_600_000, `${starts} until ${ends}`);
  await said("#override-changes", "Ana Kovač is on call for more");
  await page.reload();
  assert.equal(await page.locator("text=None planned.").count(), 1, "nothing was saved");
});

test("Escape takes a drag back, under way and after it", async () => {
  await page.goto(SCHEDULE);
  await drag(0.3, 0.4);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  assert.equal(await page.locator(".picked").count(), 0);
  assert.equal(await page.inputValue("#starts"), "", "the form is as it was");
});

test("the keyboard chooses a time as well", async () => {
  await page.goto(SCHEDULE);
  await page.locator("[data-pick-start]").click();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  const [starts, ends] = [await page.inputValue("#starts"), await page.inputValue("#ends")];
  assert.equal(Date.parse(ends) - Date.parse(starts), 13 * 3_600_000, `${starts} until ${ends}`);
});

test("an edit of a schedule is previewed while it is typed", async () => {
  await page.goto("/schedules/commerce-primary/edit");
  await page.fill("[name='layer.0.turn']", "2");
  await said("#changes", "is on call for less");
  await said("#picture", "The next four weeks if you save this");
  await page.fill("[name='layer.0.turn']", "");
  await said("#changes", "Cannot be said yet");
});

test("a policy's ladder follows its fields", async () => {
  await page.goto("/policies/payments/edit");
  await page.fill("[name='step.0.wait']", "23m");
  await said("#step-0", "then waits 23m");
  await said("#unsaved", "not saved yet");
  await page.goto("/policies/payments");
  assert.ok(!(await page.locator("#step-0").innerText()).includes("23m"), "nothing was saved");
});
