// Live updates against a server that misbehaves: whatever it does, a page must end up showing the truth.
//
//   node --test tests/browser/live.test.js
//
// The pages' own scripts run in a real browser; the server here is made for the test, because a real one cannot be
// told to fall silent or to answer late. `ALLCLEAR_TEST_CHROMIUM` names the browser.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { chromium } = require("playwright-core");

const ASSETS = path.join(__dirname, "../../crates/web/assets");
const MINUTE = 60_000;

/** A server with one page, which shows a number and perhaps that the reader is paged. */
class House {
  number = 0;
  paged = "";
  /** How the stream and the page are answered from now on. */
  stream = "open";
  delays = [];
  failures = 0;
  streams = new Set();
  connections = 0;

  constructor() {
    this.server = http.createServer((request, response) => this.answer(request, response));
  }

  async open() {
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  page() {
    const banner = this.paged && `<p>You are paged: <a href="/incidents/${this.paged}">${this.paged} Disk is full</a></p>`;
    return `<!doctype html><title>Test</title><script src="/assets/vendor/htmx-4.0.1.min.js" defer></script>
      <script src="/assets/js/live.js" type="module"></script><span data-live-state></span>
      <div id="yours" data-live="incidents">${banner}</div><div id="announce-page"></div>
      <p id="number" data-live="incidents">${this.number}</p>`;
  }

  async answer(request, response) {
    if (request.url.startsWith("/assets/")) {
      const file = path.join(ASSETS, request.url.slice("/assets/".length));
      response.setHeader("content-type", "text/javascript");
      return response.end(fs.readFileSync(file));
    }
    if (request.url === "/live") return this.listen(response);
    if (request.url !== "/") return response.writeHead(404).end();
    if (this.failures > 0) {
      this.failures -= 1;
      return response.writeHead(503).end();
    }
    const html = this.page();
    await new Promise((done) => setTimeout(done, this.delays.shift() ?? 0));
    response.setHeader("content-type", "text/html");
    response.end(html);
  }

  listen(response) {
    this.connections += 1;
    if (this.stream === "broken") return response.writeHead(502).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 300\n: ready\n\n");
    this.streams.add(response);
    response.on("close", () => this.streams.delete(response));
  }

  /** Something changes; those who listen are told unless the server is silent. */
  change(event = "hint", data = "incidents") {
    this.number += 1;
    if (this.stream === "silent") return;
    for (const stream of this.streams) stream.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  breakStreams() {
    for (const stream of this.streams) stream.destroy();
  }
}

async function shows(page, number) {
  const seen = async () => (await page.locator("#number").textContent()) === String(number);
  for (let round = 0; round < 100; round += 1) {
    if (await seen()) return;
    await page.waitForTimeout(100);
  }
  assert.equal(await page.locator("#number").textContent(), String(number));
}

async function listens(house, count = 1) {
  for (let round = 0; round < 100 && house.connections < count; round += 1) await new Promise((done) => setTimeout(done, 50));
  assert.ok(house.connections >= count, "a page listens");
}

const TESTS = {
  async "what is told is shown"(house, open) {
    const page = await open();
    await listens(house);
    house.change();
    await shows(page, 1);
  },

  async "what changes while the page is on its way is shown"(house, open) {
    house.delays.push(500);
    const opening = open();
    setTimeout(() => house.change(), 200);
    await shows(await opening, 1);
  },

  async "what changes while the stream is broken is shown"(house, open) {
    const page = await open();
    await listens(house);
    house.stream = "open";
    house.breakStreams();
    house.change();
    await shows(page, 1);
  },

  async "what changes after the browser gave the stream up is shown"(house, open) {
    const page = await open();
    await listens(house);
    house.stream = "broken";
    house.breakStreams();
    await listens(house, 2);
    house.change();
    house.stream = "open";
    await shows(page, 1);
  },

  async "a page that cannot be had is asked for again"(house, open) {
    const page = await open();
    await listens(house);
    await page.waitForTimeout(2_000);
    house.failures = 2;
    house.change();
    await shows(page, 1);
  },

  async "an older answer never covers a newer one"(house, open) {
    const page = await open();
    await listens(house);
    await page.waitForTimeout(2_000);
    house.delays.push(2_500);
    house.change();
    await page.waitForTimeout(1_500);
    house.change();
    await shows(page, 2);
    await page.waitForTimeout(2_000);
    await shows(page, 2);
  },

  async "a connection that is dead without saying so is replaced"(house, open) {
    const page = await open({ clock: true });
    await listens(house);
    await page.clock.runFor(5_000);
    house.stream = "silent";
    house.change();
    const before = house.connections;
    house.stream = "open";
    await page.clock.runFor(MINUTE);
    await listens(house, before + 1);
    await page.clock.runFor(5_000);
    await shows(page, 1);
  },

  async "a tab that hears nothing from the one that listens listens itself"(house, open) {
    const first = await open();
    await listens(house);
    const second = await open({ clock: true });
    await second.clock.runFor(5_000);
    // The first one is put to sleep, as phones do: it keeps its lock, and says nothing any more.
    await first.evaluate(() => {
      const post = BroadcastChannel.prototype.postMessage;
      BroadcastChannel.prototype.postMessage = () => {};
      globalThis.wake = () => (BroadcastChannel.prototype.postMessage = post);
    });
    const before = house.connections;
    house.change();
    await second.clock.runFor(MINUTE);
    await listens(house, before + 1);
    await second.clock.runFor(5_000);
    await shows(second, 1);
    await first.evaluate(() => globalThis.wake());
    assert.equal(house.streams.size, 1, "the first one has given up its connection");
    house.change();
    await shows(first, 2);
  },

  async "a page to the reader that came while nothing was heard is said"(house, open) {
    const page = await open();
    await listens(house);
    house.stream = "broken";
    house.breakStreams();
    house.paged = "INC-7";
    house.change();
    house.stream = "open";
    await shows(page, 1);
    await page.waitForFunction(() => document.getElementById("announce-page").textContent.includes("INC-7, Disk is full"));
    assert.ok((await page.title()).includes("INC-7"));
  },
};

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.ALLCLEAR_TEST_CHROMIUM, args: ["--no-sandbox"] });
});
after(() => browser?.close());

for (const [name, run] of Object.entries(TESTS)) {
  test(name, async () => {
    const house = new House();
    const address = await house.open();
    const context = await browser.newContext();
    const open = async ({ clock } = {}) => {
      const page = await context.newPage();
      if (clock) await page.clock.install();
      await page.goto(address);
      return page;
    };
    try {
      await run(house, open);
    } finally {
      await context.close();
      house.close();
    }
  });
}
