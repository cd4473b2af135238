// Two snapshots side by side in the published page: the address opens them, and every number is DuckDB's.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { realData, runBuilder, scratchFolder, withoutRealData } from '../support/builder.mjs';
import { compared } from '../support/compared.mjs';
import { isNow, named, value, visit } from '../support/hub_site.mjs';
import { loadHub } from '../support/hub_tables.mjs';
import { some } from '../support/slices.mjs';

const [earlier, later] = ['2025-03-07', '2025-09-07'];
const crawl = day => `history/models-${day}.parquet`;
const china = some('region', 'china');

describe('two snapshots side by side on the page', { timeout: 600_000 }, () => {
  const skip = withoutRealData(crawl(earlier));
  const cleanups = [];
  let browser;
  let folder;

  before(async () => {
    if (skip) return;
    browser = await openBrowser();
    folder = join(await scratchFolder({ after: cleanup => cleanups.push(cleanup) }), 'snapshot');
    for (const [name, day, place] of [['later', later, folder], ['earlier', earlier, join(folder, 'earlier')]]) {
      await runBuilder('import', '--models', realData(crawl(day)), '--taken-on', day, '--head-rows', '500', '--part-rows', '3000', '--out', place);
      await loadHub(realData(crawl(day)), name);
    }
  });
  after(async () => {
    await browser?.close();
    for (const cleanup of cleanups) await cleanup();
  });

  const manifest = './snapshot/earlier/manifest.json';

  /** Waits until the comparison shown is DuckDB's of these clauses. */
  async function shows(page, clauses) {
    const wanted = await compared('earlier', 'later', clauses, 'region', 25);
    await page.waitForFunction(models => document.querySelector('[data-testid="compared-lead"][data-key="rose"]')?.innerText.startsWith(models),
      wanted.groups[0].models.toLocaleString('en'));
    const rows = table => table.evaluateAll(tables => tables.map(one => [...one.querySelectorAll('tbody tr')]
      .map(row => [row.dataset.key, row.dataset.before, row.dataset.after])));
    const [values] = await rows(named(page, 'compared-values'));
    assert.deepEqual(values.sort(), wanted.values);
    assert.deepEqual(await rows(named(page, 'compared')), wanted.groups.map(group => group.rows.map(row => row.slice(0, 3))));
    const leads = await named(page, 'compared-lead').allInnerTexts();
    for (const [at, { models, before, after }] of wanted.groups.entries()) {
      const text = number => Number(number).toLocaleString('en');
      assert.ok(leads[at].startsWith(`${text(models)} models: ${text(before)} downloads before, ${text(after)} after`), leads[at]);
    }
  }

  test('an address opens both, filters hold for both, and the reader may write the other address', { skip }, async t => {
    const { page, problems } = await visit(t, browser, folder, { link: `?section=compare&compare=${encodeURIComponent(manifest)}` });
    await isNow(page, 'complete');
    await shows(page, []);
    assert.match(await named(page, 'comparison-lead').innerText(), /from 7 March 2025 to 7 September 2025/);
    await value(page, 'region', 'china').click();
    await shows(page, [china]);
    await named(page, 'compare-url').fill('');
    await named(page, 'compare-url').press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="compared"]').length === 0);
    await page.waitForFunction(() => document.querySelector('[data-testid="comparison-lead"]').innerText === '');
    await named(page, 'compare-url').fill(manifest);
    await named(page, 'compare-url').press('Enter');
    await shows(page, [china]);
    assert.equal(await page.evaluate(() => location.search), `?region=china&compare=${encodeURIComponent(manifest)}&section=compare`);
    assert.deepEqual(problems, []);
  });

  test('a snapshot that cannot be read gives a sentence and a retry, and all else works', { skip }, async t => {
    const { page, site } = await visit(t, browser, folder, {
      link: `?section=compare&compare=${encodeURIComponent(manifest)}`,
      faults: site => site.refuse(path => path.startsWith('snapshot/earlier/ids-'), 503),
    });
    await isNow(page, 'error');
    assert.match(await named(page, 'failure').innerText(), /to compare with cannot be used.*503.*still works/s);
    site.mend();
    await named(page, 'retry').click();
    await shows(page, []);
    assert.equal(await named(page, 'failure').count(), 0);
  });
});
