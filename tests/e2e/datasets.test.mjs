// The second collection: datasets beside models, filtered, ranked, taken away and brought.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { openBrowser, openPage } from '../support/browser.mjs';
import { runBuilder, scratchFolder, setting } from '../support/builder.mjs';
import { inTasks, loadDatasets } from '../support/datasets.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { becomes, isNow, named, value } from '../support/hub_site.mjs';
import { startSite } from '../support/site.mjs';

const link = '?snapshot=snapshot-datasets/';
const bundled = join(setting('ATLAS_DIST'), 'snapshot-datasets');

/** The datasets of the site as DuckDB reads its plain parts, in the table `bundled`. */
async function loadBundled() {
  const { parts } = JSON.parse(await readFile(join(bundled, 'manifest.json'), 'utf8'));
  const files = kind => `read_parquet([${parts.filter(part => part.kind === kind).map(part => literal(join(bundled, part.path)))}])`;
  await query(`create or replace table bundled as select * exclude (task), month[:4] as year,
    case task when 'unknown' then [] else string_split(task, ',') end as tasks
    from ${files('ids')} positional join ${files('datasets')}`);
}

const exact = (page, name) => page.locator(`data[data-testid="${name}"]`).first().getAttribute('data-exact');
const settled = page => page.waitForSelector('body[data-settled="true"]', { timeout: 30_000 });

/** What the bars of a facet say: key, measure, number of datasets, measure over everything. */
const bars = (page, facet) => page.locator(`[data-testid="facet-value"][data-facet="${facet}"]`).evaluateAll(
  shown => shown.map(({ dataset }) => [dataset.key, dataset.measure, dataset.models, dataset.all]));

describe('datasets on the page', { timeout: 900_000 }, () => {
  let browser;
  before(async () => {
    browser = await openBrowser();
    await loadBundled();
  });
  after(() => browser?.close());

  async function visit(t, address) {
    const site = await startSite();
    t.after(() => site.stop());
    const { page, context, problems } = await openPage(browser);
    t.after(() => context.close());
    await page.goto(site.address + address);
    await isNow(page, 'complete');
    await settled(page);
    return { page, problems };
  }

  test('models are not compared with datasets, which is said before any part of them is fetched', async t => {
    const site = await startSite();
    t.after(() => site.stop());
    const { page, context } = await openPage(browser);
    t.after(() => context.close());
    await page.goto(`${site.address}?section=compare&compare=${encodeURIComponent('./snapshot-datasets/manifest.json')}`);
    await page.getByText('models cannot be compared with datasets').or(page.getByText('datasets cannot be compared with models')).first().waitFor();
    assert.deepEqual(site.requests.filter(path => path.startsWith('snapshot-datasets/') && !path.endsWith('manifest.json')), []);
  });

  test('a press leads from the models to the datasets, which have filters and nouns of their own', async t => {
    const { page, problems } = await visit(t, '');
    assert.equal(await page.locator('#collection-models').getAttribute('aria-current'), 'page');
    assert.equal(await page.locator('[data-of="size_category"]').first().isVisible(), false);
    await page.locator('#collection-datasets').click();
    await page.waitForSelector('body[data-collection="datasets"][data-state="complete"]', { timeout: 30_000 });
    await settled(page);
    assert.equal(await page.locator('#collection-datasets').getAttribute('aria-current'), 'page');
    const [{ datasets, downloads }] = await query('select count(*)::varchar as datasets, sum(downloads_30d)::varchar as downloads from bundled');
    assert.equal(await exact(page, 'slice-models'), datasets);
    assert.equal(await exact(page, 'slice-measure'), downloads);
    assert.match(await page.locator('#snapshot').innerText(), /50,000 datasets/);
    assert.match(await named(page, 'sentence').innerText(), /All 50,000 datasets in the snapshot/);
    for (const absent of ['parameters', 'library', 'relation', 'origin']) {
      for (const element of await page.locator(`[data-of="${absent}"]`).all()) assert.equal(await element.isVisible(), false, absent);
    }
    const rows = await query('select size_category as key, sum(downloads_30d)::varchar as sum, count(*)::varchar as n from bundled group by 1');
    const shown = (await bars(page, 'size_category')).filter(([, , n]) => n !== '0');
    assert.deepEqual(Object.fromEntries(shown.map(([key, sum, n]) => [key, [sum, n]])), Object.fromEntries(rows.map(({ key, sum, n }) => [key, [sum, n]])));
    assert.deepEqual(problems, []);
  });

  test('filters that both collections have are kept from one to the other', async t => {
    const { page } = await visit(t, '?region=china&size=1b-5b&month=2025-01..&measure=models&section=rows&sort=likes');
    await settled(page);
    await page.locator('#collection-datasets').click();
    await page.waitForSelector('body[data-collection="datasets"][data-state="complete"]', { timeout: 30_000 });
    await settled(page);
    assert.equal(await page.evaluate(() => location.search), '?region=china&month=2025-01..&measure=models&section=rows&snapshot=snapshot-datasets%2F&sort=likes');
    await page.locator('#collection-models').click();
    await page.waitForSelector('body[data-collection="models"][data-state="complete"]', { timeout: 30_000 });
    assert.equal(await page.evaluate(() => location.search), '?region=china&month=2025-01..&measure=models&section=rows&sort=likes');
  });

  test('a task holds every dataset that names it, whatever others it names', async t => {
    const { page, problems } = await visit(t, `${link}&measure=models`);
    const wanted = Object.fromEntries((await query(`select task as key, count(*)::varchar as n from ${inTasks('bundled')} group by 1`))
      .map(({ key, n }) => [key, n]));
    for (const [key, measure, models] of await bars(page, 'task')) assert.deepEqual([measure, models], [wanted[key], wanted[key]], key);
    await value(page, 'task', 'robotics').click();
    await becomes(() => exact(page, 'slice-models'), wanted.robotics);
    await settled(page);
    const both = Object.fromEntries((await query(`select task as key, count(*)::varchar as n
      from ${inTasks("(from bundled where list_contains(tasks, 'robotics'))")} group by 1`)).map(({ key, n }) => [key, n]));
    const [first] = await bars(page, 'region');
    const [{ n }] = await query(`select count(*)::varchar as n from bundled where list_contains(tasks, 'robotics') and region = '${first[0]}'`);
    assert.equal(first[2], n, `${first[0]} among the datasets for robotics`);
    assert.ok(Object.keys(both).length > 1, 'datasets for robotics have other tasks as well');
    await page.locator('[data-testid="section"][data-value="rows"]').click();
    const [{ id, tasks }] = await query(`select id, array_to_string(tasks, ', ') as tasks from bundled where list_contains(tasks, 'robotics')
      order by downloads_30d desc, id limit 1`);
    await page.waitForSelector(`[data-testid="row"][data-key="${id}"]`);
    assert.equal(await named(page, 'row').first().locator('[data-facet="task"]').innerText(), tasks);
    assert.deepEqual(problems, []);
  });

  test('the ranks of tasks by year are DuckDB’s, and robotics rises to the first', async t => {
    const { page, problems } = await visit(t, `${link}&measure=models&split=task&over_time=rank`);
    const note = await page.locator('#chart-over-time').innerText();
    assert.match(note, /more than 100 %/);
    const button = page.locator('#chart-over-time [data-testid="save"][data-value="json"]');
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    const { title, rows } = JSON.parse(await readFile(await download.path(), 'utf8'));
    assert.equal(title, 'Rank by datasets by year published and tasks');
    const wanted = await query(`select year, task, rank() over (partition by year order by n desc)::int as rank, n::int as n from (
      select year, task, count(*) as n from ${inTasks('bundled')} where task <> 'unknown' group by all)`);
    const shown = new Set(Object.keys(rows[0]).filter(key => key.endsWith(', rank')).map(key => key.slice(0, -', rank'.length)));
    assert.ok(shown.has('robotics') && shown.size >= 5);
    for (const row of rows) {
      const year = row['Published in year'].slice(0, 4);
      for (const task of shown) {
        const { rank, n } = wanted.find(found => found.year === year && found.task === task);
        assert.deepEqual([row[`${task}, rank`], row[task]], [rank, n], `${task} in ${year}`);
      }
      const [{ all }] = await query(`select count(*)::int as all from bundled where year = '${year}'`);
      assert.equal(row['All, datasets'], all, 'a dataset counts once in the whole');
    }
    const robotics = year => wanted.find(found => found.year === year && found.task === 'robotics').rank;
    assert.ok(robotics('2023') > 30);
    assert.equal(robotics('2025'), 1);
    assert.deepEqual(problems, []);
  });

  test('a slice is saved with its collection and lists of tasks, and comes back', async t => {
    const { page, problems } = await visit(t, `${link}&task=robotics`);
    await named(page, 'download').click();
    const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    assert.match(download.suggestedFilename(), /-datasets\.json$/);
    const path = join(await scratchFolder(t), download.suggestedFilename());
    await download.saveAs(path);
    const file = JSON.parse(await readFile(path, 'utf8'));
    assert.equal(file.snapshot.collection, 'datasets');
    const wanted = await query(`select id, tasks from bundled where list_contains(tasks, 'robotics') order by downloads_30d desc, id`);
    assert.deepEqual(file.rows.map(row => [row.id, row.task]), wanted.map(({ id, tasks }) => [id, tasks.items]));
    for (const absent of ['parameters', 'library', 'relation', 'origin']) assert.equal(absent in file.rows[0], false);
    const { page: other } = await visit(t, '');
    await other.locator('#files').setInputFiles(path);
    await other.waitForSelector('body[data-collection="datasets"][data-state="complete"]', { timeout: 60_000 });
    await becomes(() => exact(other, 'slice-models'), String(wanted.length));
    assert.deepEqual(problems, []);
  });

  test('a file of datasets is known for what it is when it is brought, without being told', async t => {
    const folder = await scratchFolder(t);
    const file = join(folder, 'datasets.parquet');
    await runBuilder('sample', '--datasets', '5000', '--seed', '3', '--keep-hub-file', file, '--out', join(folder, 'snapshot'));
    await loadDatasets(file, 'brought');
    const { page, problems } = await visit(t, '');
    await page.locator('#files').setInputFiles(file);
    await page.waitForSelector('body[data-collection="datasets"][data-state="complete"]', { timeout: 60_000 });
    await becomes(() => exact(page, 'slice-models'), '5000');
    await settled(page);
    assert.match(await named(page, 'problems').innerText(), /5,000 datasets were read/);
    const wanted = Object.fromEntries((await query(`select task as key, sum(downloads_30d)::varchar as sum, count(*)::varchar as n
      from ${inTasks('brought')} group by 1`)).map(({ key, sum, n }) => [key, [sum, n]]));
    for (const [key, measure, models] of await bars(page, 'task')) assert.deepEqual([measure, models], wanted[key], key);
    assert.deepEqual(problems, []);
  });
});
