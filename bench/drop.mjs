// What a file of the whole Hub takes that a reader drops onto the published page: read, imported and counted in the browser.
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from './statistics.mjs';
import { startHost } from './serve.mjs';

/** Notes when a file is chosen and when the page counts so many models, all of them. */
function watch(models) {
  window.dropped = {};
  document.querySelector('#files').addEventListener('change', () => { window.dropped.from = performance.now(); }, true);
  const look = () => {
    const { state, settled } = document.body.dataset;
    const counted = document.querySelector('[data-testid="snapshot-models"]')?.dataset.exact;
    if (state === 'complete' && settled === 'true' && counted === String(models)) window.dropped.to ??= performance.now();
    window.dropped.failure = document.querySelector('[data-testid="failure"], [data-testid="import-failed"]')?.textContent;
  };
  new MutationObserver(look).observe(document, { subtree: true, attributes: true, childList: true, characterData: true });
}

/** Median milliseconds and the most bytes that the page's process held, its workers included; not a number where the system does not tell. */
export async function drops({ browser, dist, hubFile, models, cache, runs }) {
  const host = await startHost({ mounts: { '/': dist }, cache });
  const all = [];
  for (let run = 0; run < runs; run++) all.push(await dropped(browser, `${host.address}/`, hubFile, models));
  await host.stop();
  const middle = name => median(all.map(found => found[name]));
  return { file_bytes: readFileSync(hubFile).length, ready: middle('ready'), peak: middle('peak'), before: middle('before'), runs };
}

async function dropped(browser, address, hubFile, models) {
  const former = new Set(await renderers(browser));
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForSelector('body[data-state="complete"][data-settled="true"]');
  const own = (await renderers(browser)).filter(process => !former.has(process));
  const before = forgetPeak(own);
  await page.evaluate(watch, models);
  await page.locator('#files').setInputFiles(hubFile);
  await page.waitForFunction(() => window.dropped.to || window.dropped.failure, null, { timeout: 600_000 });
  const { from, to, failure } = await page.evaluate(() => window.dropped);
  if (failure) throw new Error(`the page did not import ${hubFile}: ${failure}`);
  const found = { ready: to - from, before, peak: resident(own, 'VmHWM') };
  await context.close();
  return found;
}

/** The processes of the browser's pages. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** Bytes that processes hold (`VmRSS`) or held at most (`VmHWM`), as Linux counts them. */
function resident(processes, what) {
  try {
    const kib = process => Number(readFileSync(`/proc/${process}/status`, 'utf8').match(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm'))[1]);
    return Math.max(...processes.map(kib)) * 1024;
  } catch {
    return NaN;
  }
}

/** Lets the most that is held count from here on, and says what is held now. */
function forgetPeak(processes) {
  try {
    for (const process of processes) writeFileSync(`/proc/${process}/clear_refs`, '5');
    return resident(processes, 'VmRSS');
  } catch {
    return NaN;
  }
}
