// Data that a reader brings: files dropped onto the page, snapshots elsewhere, slices saved before.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { realData, runBuilder, scratchFolder, setting, withoutRealData } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { hubFile, isNow, makeHub, named, value, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { some } from '../support/slices.mjs';

const china = some('region', 'china');
const pages = [1, 2].map(page => `hub/api/models-page-${page}.json`);

/** Chooses files in the data menu. */
const choose = async (page, ...paths) => {
  await page.locator('#files').setInputFiles(paths);
};

/** Drops a file onto the page, as a hand would. */
async function drop(page, path, type = 'application/octet-stream') {
  const bytes = (await readFile(path)).toString('base64');
  const held = await page.evaluateHandle(({ bytes, name, type }) => {
    const content = Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0));
    const held = new DataTransfer();
    held.items.add(new File([content], name, { type }));
    return held;
  }, { bytes, name: basename(path), type });
  await page.dispatchEvent('body', 'dragover', { dataTransfer: held });
  assert.equal(await page.locator('#drop').isVisible(), true, 'the page says where to drop');
  await page.dispatchEvent('body', 'drop', { dataTransfer: held });
  assert.equal(await page.locator('#drop').isVisible(), false);
}

const models = page => page.locator('[data-testid="snapshot-models"]').getAttribute('data-exact');

/** Waits until the chip tells of so many models. */
const holds = (page, count) => page.waitForFunction(
  count => document.querySelector('[data-testid="snapshot-models"]')?.dataset.exact === String(count), count, { timeout: 60_000 });

/** Opens the page over the synthetic sample, complete. */
async function overSample(t, browser, link = '') {
  const visited = await visit(t, browser, setting('ATLAS_SAMPLE'), { link });
  await isNow(visited.page, 'complete');
  return visited;
}

describe('data that a reader brings', { timeout: 900_000 }, () => {
  const skip = withoutRealData(hubFile);
  const cleanups = [];
  let hub;
  let browser;

  before(async () => {
    browser = await openBrowser();
    if (!skip) hub = await makeHub(cleanups);
  });
  after(async () => {
    await browser?.close();
    for (const cleanup of cleanups) await cleanup();
  });

  test('a Hub file dropped onto the page shows the numbers of the published snapshot of it', { skip }, async t => {
    const { page, problems, site } = await overSample(t, browser, '?region=china');
    assert.equal(site.requests.some(path => path.includes('importer')), false, 'nobody fetches the importer before');
    await drop(page, realData(hubFile));
    await holds(page, hub.manifest.totals.rows);
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china]);
    assert.equal(await page.locator('#data').evaluate(dialog => dialog.open), false, 'the menu makes room for the numbers');
    assert.match(await named(page, 'problems').innerText(), /15,904 models were read/);
    assert.match(await page.locator('#snapshot').innerText(), /models\.parquet/);
    assert.equal(await named(page, 'synthetic').count(), 0);
    await page.locator('[data-testid="chip"][data-facet="region"] button').click();
    await showsSlice(page, 'hub', []);
    await page.locator('[data-testid="section"][data-value="rows"]').click();
    const [{ id }] = await query('select id from hub order by downloads_30d desc, id limit 1');
    assert.match(await named(page, 'row').first().innerText(), new RegExp(id.replaceAll('.', '\\.')));
    assert.deepEqual(problems, []);
  });

  test('pages of the Hub’s API are united to the models they hold', { skip: withoutRealData(pages[0]) || skip }, async t => {
    const { page, problems } = await overSample(t, browser);
    await choose(page, ...pages.map(realData));
    await holds(page, 1000);
    await isNow(page, 'complete');
    const [wanted] = await query(`select sum(downloads)::varchar as downloads from read_json([${pages.map(path => literal(realData(path)))}],
      columns = {id: 'varchar', downloads: 'bigint'})`);
    await page.waitForFunction(wanted => document.querySelector('data[data-testid="slice-measure"]')?.dataset.exact === wanted, wanted.downloads);
    assert.deepEqual(problems, []);
  });

  test('a slice saved by the page comes back with its totals, and says what it is', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: '?region=china' });
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china]);
    await named(page, 'download').click();
    const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    const path = join(await scratchFolder(t), download.suggestedFilename());
    await download.saveAs(path);
    const { totals } = JSON.parse(await readFile(path));

    const { page: other, problems } = await overSample(t, browser);
    await choose(other, path);
    await holds(other, totals.models);
    await isNow(other, 'complete');
    await query("create or replace table slice as from hub where region = 'china'");
    await showsSlice(other, 'slice', []);
    assert.match(await named(other, 'scope').innerText(), /not the whole hub/i);
    assert.match(await named(other, 'scope').getAttribute('title'), /a slice of [\d,]+ of 15,904 models \(region china\)/);
    await other.locator('[data-testid="section"][data-value="about"]').click();
    assert.match(await other.locator('#about-snapshot').innerText(), /a slice exported by Hub Atlas from models\.parquet/);
    assert.deepEqual(problems, []);
  });

  test('the files of a snapshot open as they are, without the importer', { skip }, async t => {
    const { page, site, problems } = await overSample(t, browser);
    const names = (await readdir(hub.folder)).filter(name => /^(manifest\.json|.*\.parquet)$/.test(name));
    await choose(page, ...names.map(name => join(hub.folder, name)));
    await holds(page, hub.manifest.totals.rows);
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    assert.equal(site.requests.some(path => path.includes('importer')), false);
    assert.deepEqual(problems, []);
  });

  test('what a file says of its scope stands in the header, in the section about the data and in the export', { skip }, async t => {
    const folder = join(await scratchFolder(t), 'snapshot');
    await runBuilder('import', '--models', realData(hubFile), '--taken-on', '2026-08-22', '--out', folder, '--scope', 'the 15,904 models of a sample');
    const { page } = await visit(t, browser, folder);
    await isNow(page, 'complete');
    assert.match(await named(page, 'scope').innerText(), /not the whole hub/i);
    await named(page, 'download').click();
    const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    const head = JSON.parse(await readFile(await download.path()));
    assert.deepEqual(head.snapshot.scope, { models: 'the 15,904 models of a sample', complete: false });
    await named(page, 'export-close').click();
    await page.locator('[data-testid="section"][data-value="about"]').click();
    assert.match(await page.locator('#about-snapshot').innerText(), /the 15,904 models of a sample: not the whole Hub/);
  });

  for (const [what, make, words] of [
    ['a file cut short', async folder => write(folder, 'cut.parquet', (await readFile(realData(hubFile))).subarray(0, 500_000)), [/cut\.parquet/, /cut short/]],
    ['a file with damaged pages', async folder => write(folder, 'bad.parquet', spoilt(await readFile(realData(hubFile)))), [/bad\.parquet/, /row group 0/]],
    ['a file in a compression that nobody reads', async folder => write(folder, 'lzo.parquet', await relabelled(folder)), [/lzo\.parquet/, /column id/, /LZO/]],
    ['a file with other columns', async folder => write(folder, 'other.json', '[{"name":"a/b","stars":3}]'), [/other\.json/, /“id” is missing/, /name, stars/]],
    ['a file of another kind', async folder => write(folder, 'models.csv', 'id,downloads\na/b,5\n'), [/models\.csv/, /not a Parquet file/]],
    ['JSON cut short', async folder => write(folder, 'half.json', '[{"id":"a/b","downloads":5},{"id'), [/half\.json/, /no whole JSON/]],
    ['a manifest without its parts', async folder => join(hub.folder, 'manifest.json'), [/is not among the files/, /Choose all files/]],
  ]) {
    test(`${what} is named in a sentence, and what was open still works`, { skip }, async t => {
      const { page } = await overSample(t, browser, '?region=china');
      const before = await models(page);
      await choose(page, await make(await scratchFolder(t)));
      const failed = named(page, 'import-failed');
      await failed.waitFor();
      for (const word of [...words, /stays as it is/]) assert.match(await failed.innerText(), word);
      await page.locator('#close-data').click();
      assert.equal(await models(page), before);
      const slice = page.locator('data[data-testid="slice-models"]');
      const former = await slice.getAttribute('data-exact');
      await value(page, 'region', 'china').click();
      await page.waitForFunction(former => document.querySelector('data[data-testid="slice-models"]').dataset.exact !== former, former);
      await isNow(page, 'complete');
    });
  }

  test('the address can name a snapshot on another host, which the page then keeps in its links', { skip }, async t => {
    const elsewhere = await host(t, hub.folder, { 'Access-Control-Allow-Origin': '*' });
    const link = `?snapshot=${encodeURIComponent(`${elsewhere}/`)}&region=china`;
    const { page, problems } = await visit(t, browser, setting('ATLAS_SAMPLE'), { link });
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china]);
    assert.ok((await page.locator('#snapshot').innerText()).includes(`from ${new URL(elsewhere).host}`), 'the header names the host');
    await value(page, 'year', '2026').click();
    await showsSlice(page, 'hub', [china, some('year', '2026')]);
    assert.equal(new URL(page.url()).searchParams.get('snapshot'), `${elsewhere}/`);
    await named(page, 'data').click();
    await page.locator('#open-bundled').click();
    await holds(page, 200_000);
    await isNow(page, 'complete');
    assert.equal(new URL(page.url()).searchParams.get('snapshot'), null);
    await page.goBack();
    await holds(page, hub.manifest.totals.rows);
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', [china, some('year', '2026')]);
    assert.deepEqual(problems, []);
  });

  test('a host that does not let the page read says so, and what was open still works', { skip }, async t => {
    const elsewhere = await host(t, hub.folder, {});
    const { page } = await overSample(t, browser);
    const before = await models(page);
    await named(page, 'data').click();
    await page.locator('#snapshot-address').fill(`${elsewhere}/manifest.json`);
    await page.locator('#open-address').click();
    const failed = named(page, 'import-failed');
    await failed.waitFor();
    assert.match(await failed.innerText(), /does not allow this page to read it.*127\.0\.0\.1:\d+ must send the header Access-Control-Allow-Origin/);
    await page.locator('#snapshot-address').fill('javascript:alert(1)');
    await page.locator('#open-address').click();
    await page.waitForFunction(() => /no address of a snapshot/.test(document.querySelector('[data-testid="import-failed"]')?.textContent ?? ''));
    await page.locator('#close-data').click();
    assert.equal(await models(page), before);
    assert.equal(new URL(page.url()).search, '');
  });

  test('an address in the link that cannot be read gives a sentence, and the data menu still opens others', { skip }, async t => {
    const elsewhere = await host(t, hub.folder, {});
    const { page } = await visit(t, browser, hub, { link: `?snapshot=${encodeURIComponent(`${elsewhere}/manifest.json`)}` });
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').innerText(), /Access-Control-Allow-Origin/);
    await named(page, 'data').click();
    await page.locator('#open-bundled').click();
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    assert.equal(new URL(page.url()).search, '');
  });

  test('an import can be cancelled, and the menu works by keyboard', { skip }, async t => {
    const { page, site } = await overSample(t, browser);
    site.hold(path => path.includes('importer'));
    await named(page, 'data').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#data').evaluate(dialog => dialog.open), true);
    await choose(page, realData(hubFile));
    await named(page, 'import-cancel').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => !document.querySelector('[data-testid="import-running"]'));
    site.mend();
    assert.equal(await models(page), '200000');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#data').evaluate(dialog => dialog.open), false);
  });
});

async function write(folder, name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function spoilt(bytes) {
  const spoilt = Buffer.from(bytes);
  spoilt.fill(0xff, 100, 60_000);
  return spoilt;
}

/** A file of DuckDB whose footer says LZO of the column id. */
async function relabelled(folder) {
  const path = join(folder, 'plain.parquet');
  await query(`copy (select id, downloads from ${literal(realData(hubFile))} limit 100) to ${literal(path)} (compression uncompressed)`);
  const bytes = await readFile(path);
  // In Thrift's compact form: the path of the column, a list of one text, then the compression as the next field.
  const place = bytes.indexOf(Buffer.from([0x19, 0x18, 2, 0x69, 0x64, 0x15, 0]));
  assert.ok(place > 0, 'the footer names the column id and its compression');
  bytes[place + 6] = 3 << 1;
  return bytes;
}

/** A host of a folder with these headers on every answer. */
async function host(t, folder, headers) {
  const server = createServer(async (request, response) => {
    const content = await readFile(join(folder, basename(new URL(request.url, 'http://x').pathname))).catch(() => null);
    response.writeHead(content ? 200 : 404, headers).end(content);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${server.address().port}`;
}
