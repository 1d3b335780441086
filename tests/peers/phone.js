// A phone: opens the link of a page in Chromium, taps "Acknowledge" and prints what the page says then.
const { chromium } = require('playwright-core');

async function main() {
  const [executablePath, link] = process.argv.slice(2);
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const viewport = { width: 390, height: 844 };
    const phone = await browser.newContext({ viewport, hasTouch: true, isMobile: true, ignoreHTTPSErrors: true });
    const page = await phone.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(link);
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).tap();
    await page.getByRole('button', { name: 'It is over: resolve' }).waitFor();
    console.log(await page.locator('main').innerText());
    if (errors.length > 0) throw new Error(errors.join('\n'));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
