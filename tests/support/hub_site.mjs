// The built page over a snapshot of the real Hub file, in several parts, beside DuckDB's own reading of that file.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openPage } from './browser.mjs';
import { realData, runBuilder, scratchFolder } from './builder.mjs';
import { query } from './duckdb.mjs';
import { loadHub } from './hub_tables.mjs';
import { startSite } from './site.mjs';

export const hubFile = 'hub/models.parquet';

/** Rows of the first part and of each other one: small, so that the file makes several. */
const headRows = 2_000;
const partRows = 6_000;

/**
 * Builds the snapshot and reads the file into the tables `hub` (everything) and `hub_head` (the rows of the first part).
 * `cleanups` is filled with what must be called at the end.
 */
export async function makeHub(cleanups) {
  const folder = join(await scratchFolder({ after: cleanup => cleanups.push(cleanup) }), 'snapshot');
  await runBuilder('import', '--models', realData(hubFile), '--taken-on', '2026-08-22', '--out', folder,
    '--head-rows', String(headRows), '--part-rows', String(partRows), '--attribution', 'the authors of the file');
  await loadHub(realData(hubFile), 'hub');
  await query(`create or replace table hub_head as from hub order by downloads_30d desc, id limit ${headRows}`);
  const bytes = await readFile(join(folder, 'manifest.json'));
  const manifest = JSON.parse(bytes);
  const parts = kind => manifest.parts.filter(part => part.kind === kind).map(part => `snapshot/${part.path}`);
  return {
    folder,
    manifest,
    checksum: createHash('sha256').update(bytes).digest('hex'),
    modelParts: parts('models'),
    idParts: parts('ids'),
  };
}

/** A site with the snapshot and a page on it in a context of its own; both end with the test. */
export async function visit(t, browser, hub, { link = '', faults = () => {}, options = {}, begin = async () => {} } = {}) {
  const site = await startSite({ snapshot: hub.folder ?? hub });
  t.after(() => site.stop());
  faults(site);
  const { page, context, problems } = await openPage(browser, options);
  t.after(() => context.close());
  await begin(page, context);
  await page.goto(site.address + link);
  return { site, page, context, problems };
}

/** The element by which a value of a facet is chosen. */
export const value = (page, facet, key) =>
  page.locator(`[data-testid="facet-value"][data-facet="${facet}"][data-key="${key}"]`);

/** An element by the name that tests know it by. */
export const named = (page, name) => page.locator(`[data-testid="${name}"]`);

/** Waits until the page says of itself that it is loading, partial, complete or has met an error. */
export const isNow = (page, state) => page.waitForSelector(`body[data-state="${state}"]`, { timeout: 30_000 });

/** Reads until what is read is what it should be, and says what it was at last if that does not come. */
export async function becomes(read, wanted, patience = 10_000) {
  const end = Date.now() + patience;
  let found = await read();
  while (!isDeepStrictEqual(found, wanted) && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 20));
    found = await read();
  }
  assert.deepEqual(found, wanted);
}
