// What goes wrong between a snapshot and its reader: each gives a sentence and a way to try again, and what had loaded
// still works.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { withoutRealData } from '../support/builder.mjs';
import { query } from '../support/duckdb.mjs';
import { hubFile, isNow, makeHub, named, value, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { some } from '../support/slices.mjs';

const china = some('region', 'china');

describe('failures on the way to the reader', { timeout: 900_000 }, () => {
  const skip = withoutRealData(hubFile);
  const cleanups = [];
  let hub;
  let browser;

  before(async () => {
    if (skip) return;
    hub = await makeHub(cleanups);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    for (const cleanup of cleanups) await cleanup();
  });

  const file = path => path.slice('snapshot/'.length);

  test('while parts are on their way the page counts those that are there, and says so', { skip }, async t => {
    const { page, site, problems } = await visit(t, browser, hub, { faults: site => site.hold(path => path === hub.modelParts[1]) });
    await isNow(page, 'partial');
    await showsSlice(page, 'hub_head', []);
    assert.match(await named(page, 'sentence').innerText(), /partial/i);
    assert.match(await named(page, 'progress').innerText(), /\d (kB|MB|bytes) of .* models ready/);
    await value(page, 'region', 'china').click();
    await showsSlice(page, 'hub_head', [china]);
    site.mend();
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china]);
    assert.doesNotMatch(await named(page, 'sentence').innerText(), /partial/i);
    assert.deepEqual(problems, []);
  });

  for (const [what, part, spoil, words] of [
    ['a part with one flipped byte', 1, site => site.change(path => path === hub.modelParts[1], flipped), [/is damaged/, /SHA-256/]],
    ['a part that is cut short', 1, site => site.change(path => path === hub.modelParts[1], bytes => bytes.subarray(0, 900)), [/is damaged/, /900 bytes/]],
    ['a missing part', 1, site => site.refuse(path => path === hub.modelParts[1], 404), [/could not be fetched/, /404/]],
    ['a part the server fails on', 2, site => site.refuse(path => path === hub.modelParts[2], 503), [/could not be fetched/, /503/]],
  ]) {
    test(`${what} gives a sentence and a retry, and what had loaded still works`, { skip }, async t => {
      const { page, site } = await visit(t, browser, hub, { faults: spoil });
      await isNow(page, 'error');
      // What still works is added when the rows before have been counted.
      const sentence = await named(page, 'failure').filter({ hasText: 'still works' }).innerText();
      for (const word of [...words, new RegExp(file(hub.modelParts[part]).replace('.', '\\.'))]) assert.match(sentence, word);
      if (part === 1) {
        await showsSlice(page, 'hub_head', []);
        await value(page, 'region', 'china').click();
        await showsSlice(page, 'hub_head', [china]);
      } else {
        await value(page, 'region', 'china').click();
      }
      await retryFails(page);
      site.mend();
      await named(page, 'retry').click();
      await isNow(page, 'complete');
      assert.equal(await named(page, 'failure').count(), 0);
      await showsSlice(page, 'hub', [china]);
    });
  }

  for (const [what, spoil, words] of [
    ['a manifest of format 2', site => site.change(isManifest, altered(manifest => { manifest.format = 2; })), [/format 2/, /newer page/]],
    ['a manifest that is no JSON', site => site.change(isManifest, () => Buffer.from('<html>')), [/manifest\.json/]],
    ['a manifest whose totals do not add up', site => site.change(isManifest, altered(manifest => { manifest.totals.rows += 1; })), [/manifest\.json/]],
    ['a missing manifest', site => site.refuse(isManifest, 404), [/manifest\.json/, /404/]],
  ]) {
    test(`${what} gives a sentence and a retry`, { skip }, async t => {
      const { page, site } = await visit(t, browser, hub, { faults: spoil, link: '?region=china' });
      await isNow(page, 'error');
      const sentence = await named(page, 'failure').innerText();
      for (const word of words) assert.match(sentence, word);
      await retryFails(page);
      site.mend();
      await named(page, 'retry').click();
      await isNow(page, 'complete');
      await showsSlice(page, 'hub', [china]);
    });
  }

  test('a server that dies before the snapshot is open gives a sentence and a retry', { skip }, async t => {
    const { page, site } = await visit(t, browser, hub, { faults: site => site.hold(isManifest) });
    await page.waitForFunction(() => document.body.dataset.state === 'loading');
    while (!site.requests.includes('snapshot/manifest.json')) await page.waitForTimeout(20);
    // An engine that breaks off while it arrives is another failure.
    while (!site.sent.some(path => path.endsWith('atlas-worker_bg.wasm'))) await page.waitForTimeout(20);
    await page.waitForTimeout(200);
    await site.stop();
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').innerText(), /manifest\.json.*(server cannot be reached|stopped arriving)/);
    site.mend();
    await site.start();
    await named(page, 'retry').click();
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
  });

  test('a server that dies half-way leaves what had loaded at work', { skip }, async t => {
    const { page, site } = await visit(t, browser, hub, { faults: site => site.hold(path => path === hub.modelParts[1]) });
    await isNow(page, 'partial');
    await showsSlice(page, 'hub_head', []);
    await site.stop();
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').filter({ hasText: 'still works' }).innerText(), /server cannot be reached|stopped arriving/);
    await value(page, 'region', 'china').click();
    await showsSlice(page, 'hub_head', [china]);
    site.mend();
    await site.start();
    await named(page, 'retry').click();
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china]);
  });

  test('names that cannot be fetched leave everything but rows and downloads at work', { skip }, async t => {
    const { page, site } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await site.stop();
    await value(page, 'region', 'china').click();
    await showsSlice(page, 'hub', [china]);
    await named(page, 'download').click();
    await named(page, 'export-start').click();
    assert.match(await named(page, 'export-failed').innerText(), /ids-[0-9a-f]{16}\.parquet.*(cannot be reached|stopped arriving)/);
    await named(page, 'export-close').click();
    await page.locator('[data-testid="section"][data-value="rows"]').click();
    assert.match(await named(page, 'failure').innerText(), /ids-[0-9a-f]{16}\.parquet/);
    await value(page, 'year', '2026').click();
    await showsSlice(page, 'hub', [china, some('year', '2026')]);
    await site.start();
    await named(page, 'retry').click();
    await named(page, 'row').first().waitFor();
    assert.equal(await named(page, 'failure').count(), 0);
    await isNow(page, 'complete');
  });

  test('a download of what has loaded says that it is partial, and one that waits for names can be stopped', { skip }, async t => {
    const { page, site, problems } = await visit(t, browser, hub, {
      link: '?region=china',
      faults: site => site.hold(path => path === hub.modelParts[1]),
    });
    await isNow(page, 'partial');
    await showsSlice(page, 'hub_head', [china]);
    await named(page, 'download').click();
    assert.match(await page.locator('#download').innerText(), /not all of the snapshot has loaded/i);
    const [partial] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    const head = JSON.parse(await readFile(await partial.path()));
    const [{ rows }] = await query("select count(*) as rows from hub_head where region = 'china'");
    assert.deepEqual([head.models_counted, head.models_in_snapshot], [2_000, 15_904]);
    assert.deepEqual([head.rows.length, head.totals.models], [Number(rows), Number(rows)]);
    await named(page, 'export-close').click();

    site.mend();
    await isNow(page, 'complete');
    site.hold(path => path === hub.idParts[1]);
    await named(page, 'download').click();
    await named(page, 'export-start').click();
    while (!site.requests.includes(hub.idParts[1])) await page.waitForTimeout(20);
    assert.equal(await named(page, 'export-start').isDisabled(), true);
    await named(page, 'export-close').click();
    assert.equal(await page.locator('#download').evaluate(dialog => dialog.open), false);
    site.mend();
    await named(page, 'download').click();
    const [whole] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    const file = JSON.parse(await readFile(await whole.path()));
    const [all] = await query("select count(*) as rows, sum(downloads_30d)::bigint as downloads from hub where region = 'china'");
    assert.equal(file.rows.length, Number(all.rows));
    assert.equal(file.rows.reduce((sum, row) => sum + BigInt(row.downloads_30d), 0n), all.downloads);
    assert.deepEqual(problems, []);
  });

  test('a worker that cannot be fetched gives a sentence and a retry', { skip }, async t => {
    const { page, site } = await visit(t, browser, hub, { faults: site => site.refuse(path => path.endsWith('atlas-worker_bg.wasm'), 404) });
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').innerText(), /engine/i);
    site.mend();
    await named(page, 'retry').click();
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
  });

  /** Pressed before anything is mended, “try again” tries and fails again. */
  async function retryFails(page) {
    await page.evaluate(() => { document.querySelector('[data-testid="failure"]').dataset.seen = 'yes'; });
    await named(page, 'retry').click();
    await page.waitForSelector('[data-testid="failure"]:not([data-seen])');
  }
});

const isManifest = path => path === 'snapshot/manifest.json';

function flipped(bytes) {
  const spoilt = Buffer.from(bytes);
  spoilt[Math.floor(bytes.length / 2)] ^= 0x10;
  return spoilt;
}

function altered(alter) {
  return bytes => {
    const manifest = JSON.parse(bytes);
    alter(manifest);
    return Buffer.from(JSON.stringify(manifest));
  };
}
