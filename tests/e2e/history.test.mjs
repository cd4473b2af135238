// Downloads made by month in the published page, on the real crawls: numbers are DuckDB's, every label says which time it
// is, coverage stands under the chart, and a snapshot without a history shows none of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { scratchFolder, withoutRealData } from '../support/builder.mjs';
import { query } from '../support/duckdb.mjs';
import { crawl, days, loadMade, madeOverTime, makeHistory } from '../support/history.mjs';
import { isNow, named, value, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { some } from '../support/slices.mjs';

const measure = 'downloads_made';
const china = some('region', 'china');
const address = page => page.evaluate(() => location.search);
const chart = page => page.locator('#chart-over-time');
const settled = page => page.waitForSelector('body[data-settled="true"]');
const choose = (page, what, key) => page.locator(`[data-testid="${what}"] button[data-value="${key}"]`).click();

describe('downloads made by month on the page', { timeout: 900_000 }, () => {
  const skip = withoutRealData(crawl(days[0]));
  const cleanups = [];
  let browser;
  let snapshot;

  before(async () => {
    if (skip) return;
    browser = await openBrowser();
    const folder = join(await scratchFolder({ after: cleanup => cleanups.push(cleanup) }), 'snapshot');
    snapshot = { folder, ...await makeHistory(folder) };
  });
  after(async () => {
    await browser?.close();
    for (const cleanup of cleanups) await cleanup();
  });

  /** The table under the chart over time: heading to text, row by row. */
  async function tableOf(page) {
    await settled(page);
    const button = chart(page).locator('[data-testid="as-table"]');
    if (await button.getAttribute('aria-pressed') === 'false') await button.click();
    return chart(page).locator('[data-testid="chart-table"]').evaluate(table => {
      const heads = [...table.tHead.rows[0].cells].map(cell => cell.innerText);
      return [...table.tBodies[0].rows].map(row => Object.fromEntries([...row.cells].map((cell, at) => [heads[at], cell.innerText])));
    });
  }

  test('the measure, its range of months and the axis: figures, filters and the table are DuckDB’s', { skip }, async t => {
    const { page, site, problems } = await visit(t, browser, snapshot);
    await isNow(page, 'complete');
    assert.deepEqual(site.requests.filter(path => path.includes('history-')), [], 'nothing is fetched that nobody asked for');
    await choose(page, 'measure', measure);
    await loadMade('counted');
    await showsSlice(page, 'counted', [], { measure });
    assert.deepEqual([...new Set(site.requests)].filter(path => path.includes('history-')).sort(), [...snapshot.parts].sort());
    await value(page, 'region', 'china').click();
    await named(page, 'made-from').selectOption('2025-01');
    await named(page, 'made-to').selectOption('2025-06');
    const range = { from: '2025-01', to: '2025-06' };
    await loadMade('counted', range);
    await showsSlice(page, 'counted', [china], { measure });
    assert.equal(await address(page), '?region=china&measure=downloads_made&made=2025-01..2025-06');
    await choose(page, 'axis', 'made');
    await page.locator('[data-testid="split"]').selectOption('organisation');
    assert.equal(await address(page), '?region=china&measure=downloads_made&made=2025-01..2025-06&axis=made&split=organisation&grain=month');
    await choose(page, 'over-time-mode', 'stack');
    const { cells, months } = await madeOverTime([china], 'organisation', range);
    const table = await tableOf(page);
    const number = text => BigInt(text.replaceAll(',', ''));
    assert.deepEqual(table.map(row => row['Downloads made in month']), ['Jan 2025', 'Feb 2025', 'Mar 2025', 'Apr 2025', 'May 2025', 'Jun 2025']);
    const keys = ['2025-01', '2025-02', '2025-03', '2025-04', '2025-05', '2025-06'];
    for (const [at, row] of table.entries()) {
      assert.equal(number(row['All, downloads made']), BigInt(months.get(keys[at])), keys[at]);
      const alibaba = cells.find(([month, key]) => month === keys[at] && key === 'Alibaba');
      assert.equal(number(row.Alibaba), BigInt(alibaba[2]), keys[at]);
      const stated = snapshot.manifest.history.months.find(month => month.month === keys[at]);
      assert.equal(number(row['Accounts read']), BigInt(stated.accounts));
      assert.equal(number(row['Models read']), BigInt(stated.models));
      assert.equal(number(row['Models read that the snapshot lacks']), BigInt(stated.models_outside));
    }
    assert.deepEqual(problems, []);
  });

  test('an address opens at the same view, and every label says which time it is', { skip }, async t => {
    const link = '?region=china&measure=downloads_made&made=2025-01..2025-06&axis=made&over_time=lines&grain=month';
    const { page, problems } = await visit(t, browser, snapshot, { link });
    await isNow(page, 'complete');
    await settled(page);
    assert.equal(await address(page), link);
    assert.equal(await chart(page).locator('h2').innerText(), 'Downloads made by month of download and region');
    assert.match(await chart(page).locator('.note').innerText(), /when downloads were made.*accounts? with .* models? in Jan 2025.*A total that grows may only say that more was read/);
    const spoken = await chart(page).locator('[data-testid="chart"]').getAttribute('aria-label');
    assert.match(spoken, /^Downloads made by month of download and region\. Of downloads made in Jun 2025: .*\d%\. .*accounts with/s);
    assert.match(await named(page, 'sentence').innerText(), /downloads made from Jan 2025 to Jun 2025/);
    assert.match(await page.locator('#chart-leaders h2').innerText(), /^Downloads made from Jan 2025 to Jun 2025/);
    assert.match(await named(page, 'chip').last().innerText(), /downloads made from Jan 2025 to Jun 2025/);
    await choose(page, 'axis', 'published');
    await settled(page);
    assert.equal(await chart(page).locator('h2').innerText(), 'Downloads made from Jan 2025 to Jun 2025 by month published and region');
    assert.doesNotMatch(await chart(page).locator('.note').innerText(), /accounts/);
    await choose(page, 'measure', 'likes');
    await settled(page);
    assert.doesNotMatch(await address(page), /made/, 'months that nothing counts are no filter');
    await named(page, 'undo').click();
    await page.reload();
    await isNow(page, 'complete');
    await loadMade('counted', { from: '2025-01', to: '2025-06' });
    await showsSlice(page, 'counted', [china], { measure });
    assert.deepEqual(problems, []);
  });

  test('the picture that is saved names the time and what was read', { skip }, async t => {
    const { page } = await visit(t, browser, snapshot, { link: '?axis=made&grain=year' });
    await isNow(page, 'complete');
    await settled(page);
    const saved = page.waitForEvent('download');
    await chart(page).locator('button[data-value="svg"]').click();
    const { readFile } = await import('node:fs/promises');
    const svg = await readFile(await (await saved).path(), 'utf8');
    assert.match(svg, /Share of downloads made by year of download and region/);
    const { months } = snapshot.manifest.history;
    const seen = of => months.map(month => month[of]);
    const between = numbers => `${Math.min(...numbers)} to ${Math.max(...numbers).toLocaleString('en')}`;
    assert.ok(svg.includes(`Accounts read: ${between(seen('accounts'))} a month`), svg);
    assert.ok(svg.includes(`Models read: ${Math.min(...seen('models')).toLocaleString('en')} to`));
    assert.match(svg.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '), /Years that are not whole: 2024, 2 months; 2025, 8 months/);
  });

  test('by keyboard: the brush over months of download counts what it spans, in one step', { skip }, async t => {
    const { page } = await visit(t, browser, snapshot);
    await isNow(page, 'complete');
    const high = page.locator('[data-brush="made"] [data-testid="handle-high"]');
    await high.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.locator('[data-brush="made"] [data-testid="handle-low"]').focus();
    await page.keyboard.press('ArrowRight');
    await settled(page);
    const { months } = snapshot.manifest.history;
    const range = { from: months[1].month, to: months.at(-3).month };
    await loadMade('counted', range);
    await showsSlice(page, 'counted', [], { measure });
    assert.equal(await address(page), `?measure=downloads_made&made=${range.from}..${range.to}`);
    const bars = page.locator('[data-brush="made"] [data-testid="histogram"]');
    const [{ all }] = await query('select sum(downloads)::varchar as all from made where id is not null');
    assert.equal(await bars.getAttribute('data-exact'), all, 'the alternatives stay visible');
    const drawing = chart(page).locator('[data-testid="chart"]');
    await choose(page, 'axis', 'made');
    await settled(page);
    await drawing.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await settled(page);
    assert.match(await address(page), new RegExp(`made=${range.to}\\.\\.${range.to}&axis=made`));
    await named(page, 'clear').click();
    await settled(page);
    assert.doesNotMatch(await address(page), /made=/);
  });

  test('rows and the downloaded slice are by the downloads of those months', { skip }, async t => {
    const { page } = await visit(t, browser, snapshot, { link: '?region=china&measure=downloads_made&made=2025-03..2025-04&section=rows&sort=downloads_made' });
    await isNow(page, 'complete');
    await named(page, 'row').first().waitFor();
    await loadMade('counted', { from: '2025-03', to: '2025-04' });
    const wanted = await query(`select id, counted.downloads_made::varchar as made from counted where region = 'china'
      order by counted.downloads_made desc nulls last, downloads_30d desc, id`);
    const shown = await named(page, 'row').evaluateAll(rows =>
      rows.map(row => [row.dataset.key, row.querySelector('[data-column="downloads_made"]').dataset.exact ?? null]));
    assert.deepEqual(shown, wanted.slice(0, shown.length).map(row => [row.id, row.made]));
    const saved = page.waitForEvent('download');
    await named(page, 'download').click();
    await named(page, 'export-start').click();
    const { readFile } = await import('node:fs/promises');
    const file = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
    assert.deepEqual(file.query.made, { from: '2025-03', to: '2025-04' });
    assert.deepEqual(file.months_stated.map(month => [month.month, month.accounts]),
      snapshot.manifest.history.months.filter(({ month }) => ['2025-03', '2025-04'].includes(month)).map(month => [month.month, month.accounts]));
    const made = new Map(wanted.map(row => [row.id, row.made === null ? null : Number(row.made)]));
    assert.equal(file.rows.length, wanted.length);
    for (const row of file.rows) assert.equal(row.downloads_made, made.get(row.id), row.id);
  });

  test('a history that does not arrive gives a sentence and a retry, and all else works', { skip }, async t => {
    const broken = snapshot.parts[1];
    const { page, site } = await visit(t, browser, snapshot, { faults: site => site.change(path => path === broken, bytes => bytes.subarray(0, 500)) });
    await isNow(page, 'complete');
    await loadMade('counted');
    await choose(page, 'measure', measure);
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').innerText(), /history-.*is damaged.*500 bytes.*still works/s);
    await choose(page, 'measure', 'likes');
    await showsSlice(page, 'counted', [], { measure: 'likes' });
    await choose(page, 'measure', measure);
    await named(page, 'failure').waitFor();
    site.mend();
    await named(page, 'retry').click();
    await showsSlice(page, 'counted', [], { measure });
    await isNow(page, 'complete');
    assert.equal(await named(page, 'failure').count(), 0);
  });

  test('a question that waits for the history holds up no other', { skip }, async t => {
    const { page, site } = await visit(t, browser, snapshot, { faults: site => site.hold(path => path === snapshot.parts[0]) });
    await isNow(page, 'complete');
    await loadMade('counted');
    await choose(page, 'measure', measure);
    await page.waitForFunction(() => document.querySelector('[data-testid="progress"]').innerText.includes('downloads by month'));
    await choose(page, 'measure', 'likes');
    await showsSlice(page, 'counted', [], { measure: 'likes' });
    await choose(page, 'measure', measure);
    site.mend();
    await showsSlice(page, 'counted', [], { measure });
  });
});

describe('a snapshot without a history', { timeout: 300_000 }, () => {
  const skip = withoutRealData(crawl(days[0]));

  test('offers neither the measure nor the axis nor the filter, and says so where an address asks', { skip }, async t => {
    const { makePlain } = await import('../support/history.mjs');
    const browser = await openBrowser();
    t.after(() => browser.close());
    const folder = join(await scratchFolder(t), 'snapshot');
    await makePlain(folder);
    const { page } = await visit(t, browser, folder, { link: '?axis=made' });
    await isNow(page, 'complete');
    await settled(page);
    assert.equal(await page.locator('[data-testid="axis"]').isVisible(), false);
    assert.equal(await page.locator('[data-testid="axis"] button').count(), 0);
    assert.equal(await page.locator('#filter-made').isVisible(), false);
    assert.equal(await page.locator(`[data-testid="measure"] button[data-value="${measure}"]`).count(), 0);
    assert.match(await named(page, 'problems').innerText(), /no history/);
    assert.match(await chart(page).locator('h2').innerText(), /published/);
  });
});
