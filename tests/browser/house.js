// What the browser tests stand on: the program itself, a browser, and a mail server that keeps what it gets.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const PATIENCE = 60_000;
/** A server that is told to stop has ended by then, whoever is connected to it. */
const GRACE = 15_000;

/** Starts the program and waits until it has said something of this form. */
function start(words, said) {
  const child = spawn(process.env.ALLCLEAR_TEST_PROGRAM, words, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const found = new Promise((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`it has not said ${said} within a minute:\n${log}`)), PATIENCE);
    const read = (bytes) => {
      log += bytes;
      const match = said.exec(log);
      if (match) resolve(match);
      if (match) clearTimeout(tooLong);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`it ended with ${code}:\n${log}`)));
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    const tooLong = setTimeout(() => child.kill("SIGKILL"), GRACE);
    const code = await ended;
    clearTimeout(tooLong);
    if (code !== 0) throw new Error(`it did not stop in order within ${GRACE} ms (${code}):\n${log}`);
  };
  return { found, stop };
}

/** The demo, on a port of its own. */
async function demo() {
  const { found, stop } = start(["demo", "--listen", "127.0.0.1:0"], /The demo is at (http:\S+)\/demo/);
  return { address: (await found)[1], stop };
}

/** A server that nobody has set up yet, in a folder that goes with it. */
async function server() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "allclear-browser-"));
  const { found, stop } = start(["serve", "--listen", "127.0.0.1:0", "--data", path.join(folder, "data")], /(http:\S+)\/setup\/(\S+)/);
  const [link, address] = await found;
  return {
    address,
    link,
    stop: async () => {
      await stop();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** A browser. */
function browser() {
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];
  return chromium.launch({ executablePath: process.env.ALLCLEAR_TEST_CHROMIUM, args });
}

/** A mail server (RFC 5321, as far as a client goes that wants neither TLS nor a login). */
function mailServer() {
  const mails = [];
  const serve = (socket) => {
    let [unread, inData] = ["", false];
    const say = (line) => socket.write(`${line}\r\n`);
    const hear = (line) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "DATA") return (inData = true), say("354 Go on");
      if (verb === "QUIT") return say("221 Bye"), socket.end();
      say(verb === "EHLO" ? "250 tests.example" : "250 Ok");
    };
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      unread += bytes;
      for (;;) {
        const end = inData ? "\r\n.\r\n" : "\r\n";
        const at = unread.indexOf(end);
        if (at < 0) return;
        const read = unread.slice(0, at);
        unread = unread.slice(at + end.length);
        if (!inData) hear(read);
        else {
          mails.push(read);
          inData = false;
          say("250 Kept");
        }
      }
    });
    say("220 tests.example");
  };
  const listener = net.createServer(serve);
  return new Promise((resolve) => listener.listen(0, "127.0.0.1", () => {
    resolve({ mails, port: listener.address().port, stop: () => listener.close() });
  }));
}

/** Looks again and again until there is something to see. */
async function eventually(look, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`within a minute there was no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

module.exports = { browser, demo, eventually, mailServer, server };
