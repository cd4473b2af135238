// What is said of the Hub beside what a snapshot holds: on the real file every figure is DuckDB's, on made-up models there is none.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { setting, withoutRealData } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { becomes, hubFile, isNow, makeHub, named, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { between, some, where } from '../support/slices.mjs';

const section = '?section=claims';

describe('claims', { timeout: 300_000 }, () => {
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

  test('every figure beside a claim is the one DuckDB finds, whatever filters are set', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub, { link: `${section}&region=europe` });
    await isNow(page, 'complete');
    const figures = await page.locator('#claims tr').evaluateAll(rows => rows.map(({ dataset }) => ({ ...dataset })));
    const wanted = await Promise.all(figures.map(figureOf));
    assert.ok(wanted.filter(figure => /^\d/.test(figure)).length > 20, 'there is something to compare');
    await becomes(() => page.locator('#claims tr').evaluateAll(rows => rows.map(row => {
      const number = row.querySelector('[data-testid="claim-figure"]');
      if (number) return [number.dataset.exact, number.dataset.whole].filter(Boolean).join(' of ');
      return row.cells[1].textContent;
    })), wanted, 30_000);
    assert.match(await named(page, 'claims-lead').innerText(), /15,904 models of 22 August 2026/);
    assert.deepEqual(problems, []);
  });

  test('a line leads to what it counts, and back', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: section });
    await isNow(page, 'complete');
    await page.getByRole('link', { name: 'China, of downloads of models published since January 2025' }).click();
    await showsSlice(page, 'hub', [some('region', 'china'), between('month', '2025-01', null)]);
    assert.equal(await page.evaluate(() => location.search), '?region=china&month=2025-01..');
    await page.goBack();
    await page.getByRole('link', { name: 'Models, most liked first' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('body[data-section="rows"] [data-testid="rows"] tbody td');
    assert.equal(await page.evaluate(() => location.search), '?section=rows&sort=likes');
  });

  test('made-up models are held against no claim', async t => {
    const { page, problems } = await visit(t, browser, setting('ATLAS_SAMPLE'), { link: section });
    await isNow(page, 'complete');
    await becomes(() => named(page, 'claims-lead').innerText().then(text => text.includes('synthetic')), true);
    await page.waitForTimeout(500);
    assert.equal(await named(page, 'claim-figure').count(), 0);
    assert.equal(await page.locator('#claims article').count(), 22);
    await page.getByRole('link', { name: 'The curve of concentration over all time' }).click();
    await page.waitForSelector('body[data-section="explore"]');
    assert.deepEqual(problems, []);
  });
});

/** What the page should show in a line: `number`, `part of whole`, or why there is none. */
async function figureOf({ among, kind, part, whole }) {
  if (kind === 'look') return '';
  if (among !== 'models') return `among ${among}`;
  const asked = read(part);
  if (asked.measure === 'downloads_all_time') return 'not in this snapshot';
  for (const { facet, keys = [] } of asked.clauses) {
    for (const key of keys) {
      const [{ there }] = await query(`select count(*) > 0 as there from hub where ${facet} = ${literal(key)}`);
      if (!there) return 'not in this snapshot';
    }
  }
  const weight = asked.measure === 'models' ? '1' : 'downloads_30d';
  const one = async sql => Object.values((await query(sql))[0])[0];
  const sum = async clauses => one(`select coalesce(sum(${weight}), 0)::varchar from hub where ${where(clauses)}`);
  switch (kind) {
    case 'share': return `${await sum(asked.clauses)} of ${await sum(read(whole).clauses)}`;
    case 'count': return sum(asked.clauses);
    case 'mean': return one(`select round(sum(parameter_count::hugeint * downloads_30d)::double / sum(downloads_30d))::hugeint::varchar
      from hub where parameter_count is not null`);
    case 'median': return one(`with known as (
        select parameter_count, sum(downloads_30d) over (order by parameter_count) as reached,
          sum(downloads_30d) over () as whole from hub where parameter_count is not null)
      select min(parameter_count)::varchar from known where 2 * reached >= whole`);
    case 'top-200': return `${await one(`select sum(downloads_30d)::varchar from
      (select downloads_30d from hub order by downloads_30d desc limit 200)`)} of ${await sum([])}`;
    default: throw new Error(`no kind of figure: ${kind}`);
  }
}

function read(link) {
  const pairs = new URLSearchParams(link);
  const clauses = [...pairs].filter(([facet]) => facet !== 'measure').map(([facet, value]) => {
    const [from, to] = value.split('..');
    if (to !== undefined) return between(facet, from || null, to || null);
    const keys = value.split(',');
    return { ...some(facet, ...keys), keys };
  });
  return { clauses, measure: pairs.get('measure') ?? 'downloads_30d' };
}
