// From navigation to the first chart and to all rows counted: the published page, and DuckDB-WASM on the same parts.
import { median } from './statistics.mjs';
import { startHost } from './serve.mjs';

/** 10 Mbit/s and 40 ms until an answer begins, as everybody's answers share it. */
const SLOW = { bytesPerSecond: 10e6 / 8, delay: 40 };

/** Marks when the page's body says that an answer is shown, and that it counts every row. */
function watch() {
  window.opened = {};
  const look = () => {
    const { state, settled } = document.body?.dataset ?? {};
    if (settled !== 'true') return;
    const now = name => requestAnimationFrame(() => setTimeout(() => { window.opened[name] ??= performance.now(); }));
    now('first');
    if (state === 'complete') now('all');
  };
  new MutationObserver(look).observe(document, { subtree: true, attributes: true, childList: true, attributeFilter: ['data-state', 'data-settled'] });
}

/** Median milliseconds by line, contestant and moment, and the bytes of page and workers with all rows as the browser counts them. */
export async function openings({ browser, dist, snapshot, parquet, scripts, cache, runs }) {
  const out = {};
  for (const [name, line] of [['localhost', null], ['10 Mbit/s, 40 ms', SLOW]]) {
    const mounts = { '/': dist, '/snapshot/': snapshot, '/bench/': scripts, '/parquet/': parquet };
    const host = await startHost({ mounts, cache, line });
    const pages = { 'hub-atlas': `${host.address}/` };
    if (parquet) pages['duckdb-wasm-parquet'] = `${host.address}/bench/duckdb.html?parquet=${host.address}/parquet/`;
    const times = Object.fromEntries(Object.keys(pages).map(page => [page, []]));
    for (let run = 0; run < runs; run++) {
      for (const [contestant, address] of Object.entries(pages)) times[contestant].push(await opened(browser, contestant, address));
    }
    await host.stop();
    const middle = (list, moment) => median(list.map(found => found[moment]));
    out[name] = Object.fromEntries(
      Object.entries(times).map(([contestant, list]) => [
        contestant,
        { first_chart: middle(list, 'first'), all_rows: middle(list, 'all'), memory: middle(list, 'memory'), runs },
      ]),
    );
  }
  return out;
}

/** One visit with nothing cached. */
async function opened(browser, contestant, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  if (contestant === 'hub-atlas') await page.addInitScript(watch);
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.opened?.all || window.opened?.error, null, { timeout: 300_000 });
  const found = await page.evaluate(() => window.opened);
  if (found.error) throw new Error(`${contestant} did not open: ${found.error}`);
  const memory = await page.evaluate(async () => (await performance.measureUserAgentSpecificMemory?.())?.bytes ?? NaN);
  await context.close();
  return { ...found, memory };
}
