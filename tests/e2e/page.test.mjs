// The published page on a snapshot of the real Hub file: what a reader presses, and that every number is DuckDB's.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before, describe } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openBrowser } from '../support/browser.mjs';
import { setting, withoutRealData } from '../support/builder.mjs';
import { query } from '../support/duckdb.mjs';
import { hubFile, isNow, makeHub, named, value, visit } from '../support/hub_site.mjs';
import { loadSnapshot } from '../support/hub_tables.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { between, counted, expected, none, some, where } from '../support/slices.mjs';

const china = some('region', 'china');
const small = some('size', '1b-5b');
const year = some('year', '2026');
/** What the page's own address says; the driver hears of changes only later. */
const address = page => page.evaluate(() => location.search);

describe('the page on the real Hub file', { timeout: 900_000 }, () => {
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

  test('region, size and year pressed one after the other: every number is the one DuckDB finds', { skip }, async t => {
    const { page, problems, site } = await visit(t, browser, hub);
    const hosts = new Set();
    page.on('request', request => hosts.add(new URL(request.url()).host));
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    await value(page, 'region', 'china').click();
    await showsSlice(page, 'hub', [china]);
    await value(page, 'size', '1b-5b').click();
    await showsSlice(page, 'hub', [china, small]);
    await value(page, 'year', '2026').click();
    await showsSlice(page, 'hub', [china, small, year]);
    assert.equal(await address(page), '?region=china&size=1b-5b&year=2026');
    const sentence = await named(page, 'sentence').innerText();
    assert.match(sentence, /China/);
    assert.match(sentence, /22 August 2026/);
    assert.match(await named(page, 'snapshot').innerText(), /15,904 models/);
    assert.equal(await named(page, 'synthetic').count(), 0);
    assert.deepEqual([...hosts].filter(host => host !== new URL(site.address).host), []);
    assert.deepEqual(problems, []);
  });

  test('several values, “only”, “without”, undo, redo, clear and every measure', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await value(page, 'region', 'china').click();
    await value(page, 'region', 'us').click();
    const both = some('region', 'china', 'us');
    await showsSlice(page, 'hub', [both]);
    await press(page, 'without', 'organisation_type', 'individual');
    const people = none('organisation_type', 'individual');
    await showsSlice(page, 'hub', [both, people]);
    await press(page, 'only', 'region', 'europe');
    const europe = some('region', 'europe');
    await showsSlice(page, 'hub', [europe, people]);
    await named(page, 'undo').click();
    await showsSlice(page, 'hub', [both, people]);
    await named(page, 'redo').click();
    await showsSlice(page, 'hub', [europe, people]);
    for (const measure of ['models', 'likes', 'downloads_30d']) {
      await page.locator(`[data-testid="measure"] button[data-value="${measure}"]`).click();
      await showsSlice(page, 'hub', [europe, people], { measure });
    }
    assert.deepEqual(await page.locator('[data-testid="measure"] button').evaluateAll(all => all.map(one => one.dataset.value)),
      ['downloads_30d', 'models', 'likes'], 'the file has no all-time downloads, so they are not offered');
    await named(page, 'chip').filter({ hasText: 'Europe' }).getByRole('button').click();
    await showsSlice(page, 'hub', [people]);
    await named(page, 'clear').click();
    await showsSlice(page, 'hub', []);
    assert.equal(await address(page), '');
    assert.deepEqual(problems, []);
  });

  test('a long facet is searched, a region opens to its countries, and their numbers are DuckDB’s', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await page.locator('[data-testid="facet-search"][data-facet="organisation"]').fill('mistr');
    await value(page, 'organisation', 'Mistral AI').click();
    await showsSliceWithSearch(page, [some('organisation', 'Mistral AI')]);
    await named(page, 'clear').click();
    await page.locator('[data-testid="countries"][data-open="europe"]').click();
    await value(page, 'country', 'FR').waitFor();
    const shown = await page.locator('[data-testid="facet-value"][data-facet="country"]')
      .evaluateAll(all => all.map(({ dataset }) => [dataset.key, dataset.measure, dataset.models]));
    const countries = await query(`select country, sum(downloads_30d)::varchar as measure, count(*)::varchar as models
      from hub where region = 'europe' and country <> 'unknown' group by all having sum(downloads_30d) > 0`);
    assert.ok(countries.length > 3);
    const found = Object.fromEntries(shown.map(([key, ...numbers]) => [key, numbers]));
    for (const { country, measure, models } of countries) {
      assert.deepEqual(found[country], [measure, models], country);
    }
    await value(page, 'country', 'FR').click();
    await showsSlice(page, 'hub', [some('country', 'FR')]);

    async function showsSliceWithSearch(page, clauses) {
      await page.locator('[data-testid="facet-search"][data-facet="organisation"]').fill('');
      await showsSlice(page, 'hub', clauses);
    }
  });

  test('the fields for size and month cut exactly where they say', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await named(page, 'size-from').fill('3B');
    await named(page, 'size-from').press('Enter');
    await named(page, 'size-to').fill('7.6157B');
    await named(page, 'size-to').press('Tab');
    const sizes = counted(3_000_000_000n, 7_615_700_000n);
    await showsSlice(page, 'hub', [sizes]);
    await named(page, 'month-from').selectOption('2025-01');
    await named(page, 'month-to').selectOption('2026-03');
    await showsSlice(page, 'hub', [sizes, between('month', '2025-01', '2026-03')]);
    await named(page, 'size-from').fill('many');
    await named(page, 'size-from').press('Enter');
    assert.equal(await named(page, 'size-from').getAttribute('aria-invalid'), 'true');
    await showsSlice(page, 'hub', [sizes, between('month', '2025-01', '2026-03')]);
  });

  test('a brush over sizes and over months counts what it spans, in one step that can be taken back', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await drag(page, 'parameters', 0.5, 0.8);
    const [, from, to] = /parameters=(\d*)\.\.(\d*)/.exec(await address(page));
    assert.ok(BigInt(from) >= 1_000_000n && BigInt(to) > BigInt(from), await address(page));
    const sizes = counted(BigInt(from), BigInt(to));
    await showsSlice(page, 'hub', [sizes]);
    await drag(page, 'month', 0.95, 0.4);
    const [, first, last] = /month=([\d-]*)\.\.([\d-]*)/.exec(await address(page));
    assert.ok(first >= '2022-03' && first < last, await address(page));
    await showsSlice(page, 'hub', [sizes, between('month', first, last)]);
    await page.goBack();
    await showsSlice(page, 'hub', [sizes]);
    await page.goBack();
    await showsSlice(page, 'hub', []);
  });

  test('back, forward and a copied link restore the view', { skip }, async t => {
    const { page, context, site } = await visit(t, browser, hub, { options: { permissions: ['clipboard-read', 'clipboard-write'] } });
    await isNow(page, 'complete');
    await value(page, 'region', 'china').click();
    await value(page, 'size', '1b-5b').click();
    await page.locator('[data-testid="measure"] button[data-value="models"]').click();
    const measure = 'models';
    await showsSlice(page, 'hub', [china, small], { measure });
    await page.locator('button[data-testid="share"]').click();
    await page.waitForFunction(() => document.querySelector('button[data-testid="share"]').innerText.includes('copied'));
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, page.url());
    await page.goBack();
    await showsSlice(page, 'hub', [china, small]);
    await page.goBack();
    await showsSlice(page, 'hub', [china]);
    await page.goBack();
    await showsSlice(page, 'hub', []);
    await page.goForward();
    await page.goForward();
    await showsSlice(page, 'hub', [china, small]);
    const other = await context.newPage();
    await other.goto(copied);
    await isNow(other, 'complete');
    await showsSlice(other, 'hub', [china, small], { measure });
    assert.equal(other.url(), `${site.address}?region=china&size=1b-5b&measure=models`);
    await other.reload();
    await isNow(other, 'complete');
    await showsSlice(other, 'hub', [china, small], { measure });
  });

  test('presses faster than answers end with the numbers of the last one', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await page.evaluate(() => {
      const press = (facet, key) => document.querySelector(`[data-facet="${facet}"][data-key="${key}"][data-act="toggle"]`).click();
      for (let round = 0; round < 7; round += 1) {
        for (const region of ['us', 'europe', 'china', 'unknown']) press('region', region);
        press('year', '2025');
      }
    });
    await showsSlice(page, 'hub', [some('region', 'us', 'europe', 'china', 'unknown'), some('year', '2025')]);
  });

  test('the rows are DuckDB’s first hundred, in every order', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: '?region=china&section=rows' });
    const ascending = 'downloads_30d.ascending';
    for (const [sort, order] of [
      ['', 'hub.downloads_30d desc'], ['likes', 'hub.likes desc'], ['parameters', 'parameter_count desc nulls last'],
      ['month', "nullif(month, 'unknown') desc nulls last"], ['downloads_30d', 'hub.downloads_30d desc'], [ascending, 'hub.downloads_30d'],
    ]) {
      if (sort) await page.locator(`[data-testid="sort"][data-value="${sort.split('.')[0]}"]`).click();
      const wanted = await query(`select id, downloads_30d::varchar as downloads_30d, likes::varchar as likes,
        parameter_count::varchar as parameters, month, organisation, region, licence, origin
        from hub where region = 'china' order by ${order}, hub.downloads_30d desc, id limit 100`);
      const ids = () => named(page, 'row').evaluateAll(rows => rows.map(row => row.dataset.key));
      await eventually(ids, wanted.map(row => row.id), `order by ${order}`);
      const shown = await named(page, 'row').evaluateAll(rows => rows.map(row => {
        const exact = column => row.querySelector(`[data-column="${column}"]`).dataset.exact ?? null;
        const key = facet => row.querySelector(`td[data-facet="${facet}"]`).dataset.key;
        return {
          id: row.dataset.key, downloads_30d: exact('downloads_30d'), likes: exact('likes'), parameters: exact('parameters'),
          month: key('month'), organisation: key('organisation'), region: key('region'), licence: key('licence'), origin: key('origin'),
        };
      }));
      assert.deepEqual(shown, wanted, sort);
    }
    const search = await address(page);
    assert.ok(search.includes(`sort=${ascending}`), search);
    const link = named(page, 'row').first().locator('a');
    assert.equal(await link.getAttribute('href'), `https://huggingface.co/${await link.innerText()}`);
    assert.match(await link.getAttribute('rel'), /noopener/);
  });

  test('what a chart draws can be taken away as numbers, and they are DuckDB’s', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: '?relation=base,finetune' });
    const clauses = [some('relation', 'base', 'finetune')];
    await isNow(page, 'complete');
    const time = await saved(page, 'over-time', 'json');
    assert.equal(time.link, page.url());
    assert.match(time.source, new RegExp(hub.checksum.slice(0, 12)));
    const labels = { china: 'China', us: 'United States', europe: 'Europe', other: 'Other regions', unknown: 'Unknown' };
    const cells = await query(`select year, region, sum(downloads_30d)::bigint as total from hub where ${where(clauses)} group by all`);
    for (const { year, region, total } of cells) {
      const row = time.rows.find(row => row['Published in year'].startsWith(year));
      assert.equal(BigInt(row[labels[region]]), total, `${year} ${region}`);
    }
    const leaders = await saved(page, 'leaders', 'json');
    const organisations = await query(`select organisation, sum(downloads_30d)::bigint as held, count(*) as models
      from hub where ${where(clauses)} group by all`);
    const [{ all }] = await query(`select sum(downloads_30d)::bigint as all from hub where ${where(clauses)}`);
    assert.ok(leaders.rows.length >= 10);
    for (const row of leaders.rows) {
      const { held, models } = organisations.find(({ organisation }) => [organisation, 'unknown'].includes(row.Organisation)
        || (organisation === 'unknown' && row.Organisation.toLowerCase().startsWith('unknown')));
      const [, downloads, share, count, without] = Object.values(row);
      assert.deepEqual([BigInt(downloads), BigInt(count), BigInt(without)], [held, models, all - held], row.Organisation);
      assert.ok(Math.abs(share - Number(held) / Number(all)) < 1e-9);
    }
    const shown = organisations.filter(({ organisation, held }) => organisation !== 'unknown' && held > 0n).length;
    const listed = leaders.rows.filter(row => !row.Organisation.toLowerCase().startsWith('unknown')).length;
    assert.equal(listed, Math.min(shown, 100), 'a hundred organisations, where there are so many');
    await checkTypical(await saved(page, 'typical-size', 'json'), clauses);
    const curve = await saved(page, 'concentration', 'json');
    const ranked = await query(`select sum(downloads_30d) over (order by downloads_30d desc, id)::bigint as held
      from hub where ${where(clauses)} order by downloads_30d desc, id`);
    assert.ok(curve.rows.some(row => row['Largest models'] === 200));
    for (const row of curve.rows) {
      assert.equal(BigInt(row['Hold together, downloads in 30 days']), ranked[row['Largest models'] - 1].held);
    }
    const sizes = await saved(page, 'sizes', 'csv');
    const total = sizes.trim().split('\r\n').slice(1).reduce((sum, line) => sum + BigInt(/,(\d+),/.exec(line)[1]), 0n);
    assert.equal(total, all, 'the sizes together, with the unknown ones, hold the slice');
    const picture = await save(page, 'over-time', 'png');
    assert.equal((await readFile(await picture.path())).subarray(1, 4).toString(), 'PNG');
  });

  /** Means, medians and percentiles of every year, plain and by use. */
  async function checkTypical(typical, clauses) {
    const { sizesByYear } = await expected('hub', clauses);
    const percentiles = (kind, of) => [[10, 0], [25, 1], [75, 3], [90, 4]]
      .map(([share, at]) => [`${share}th percentile ${of}, parameters`, year => year[kind][at]]);
    const columns = [
      ['Median by use, parameters', year => year.quantiles_weighted[2]], ['Median model, parameters', year => year.quantiles[2]],
      ...percentiles('quantiles_weighted', 'by use'), ...percentiles('quantiles', 'of models'),
      ['Models of known size', year => year.models_known], ['Models of unknown size', year => year.models_unknown],
    ];
    assert.ok(typical.rows.length >= 4);
    for (const row of typical.rows) {
      const year = sizesByYear[row['Published in year'].slice(0, 4)] ?? sizesByYear.unknown;
      for (const [column, of] of columns) assert.equal(row[column] === null ? null : String(row[column]), of(year), `${column} of ${row['Published in year']}`);
      for (const [column, mean] of [['Mean by use, parameters', year.mean_weighted], ['Mean model, parameters', year.mean]]) {
        assert.ok(Math.abs(row[column] - mean) <= 1e-9 * mean, `${column} of ${row['Published in year']}`);
      }
    }
  }

  test('the download says before what it holds, and holds it: every row, and sums to the last digit', { skip }, async t => {
    for (const clauses of [[china, small, year], [none('region', 'unknown'), counted(100_000_000n, null)], []]) {
      const link = clauses.map(clause => clause.link).join('&');
      const { page, problems } = await visit(t, browser, hub, { link: link && `?${link}` });
      await isNow(page, 'complete');
      await showsSlice(page, 'hub', clauses);
      await named(page, 'download').click();
      const rows = Number(await named(page, 'export-rows').getAttribute('data-exact'));
      const estimate = Number(await named(page, 'export-bytes').getAttribute('data-exact'));
      const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
      assert.equal(download.suggestedFilename(), `hub-atlas-2026-08-22-${rows}-models.json`);
      const bytes = await readFile(await download.path());
      if (rows > 50) assert.ok(Math.abs(estimate - bytes.length) < 0.2 * bytes.length, `${estimate} said, ${bytes.length} written`);
      await checkFile(JSON.parse(bytes), { page, clauses, rows });
      assert.equal(await named(page, 'export-saved').getAttribute('data-exact'), String(rows));
      assert.deepEqual(problems, []);
    }
  });

  async function checkFile(file, { page, clauses, rows }) {
    const condition = where(clauses);
    const [sums] = await query(`select count(*) as models, sum(downloads_30d)::bigint as downloads_30d, sum(likes)::bigint as likes
      from hub where ${condition}`);
    const [all] = await query('select count(*) as models, sum(downloads_30d)::bigint as downloads_30d, sum(likes)::bigint as likes from hub');
    const numbers = totals => Object.fromEntries(Object.entries(totals).map(([key, number]) => [key, Number(number)]));
    assert.equal(file.format, 'hub-atlas-slice-1');
    assert.equal(file.link, page.url());
    assert.equal(file.snapshot.taken_on, '2026-08-22');
    assert.equal(file.snapshot.synthetic, false);
    assert.equal(file.snapshot.checksum, hub.checksum);
    assert.equal(file.snapshot.sources[0].attribution, 'the authors of the file');
    assert.deepEqual(Object.keys(file.query.clauses).sort(), clauses.map(clause => clause.facet).sort());
    assert.ok(file.definitions.downloads_30d.length > 20);
    assert.deepEqual([file.models_counted, file.models_in_snapshot], [Number(all.models), Number(all.models)]);
    assert.deepEqual(file.totals, numbers(sums));
    assert.deepEqual(file.totals_unfiltered, numbers(all));
    assert.equal(rows, Number(sums.models));
    assert.equal(file.rows.reduce((sum, row) => sum + BigInt(row.downloads_30d), 0n), sums.downloads_30d);
    const wanted = await query(`select id, downloads_30d, likes, parameter_count as parameters, parameters_source, month, region,
      country, organisation_type, organisation, task, library, licence, relation, origin
      from hub where ${condition} order by downloads_30d desc, id`);
    const plain = row => ({ ...row, ...numbers({ downloads_30d: row.downloads_30d, likes: row.likes }), parameters: row.parameters === null ? null : Number(row.parameters) });
    assert.deepEqual(file.rows, wanted.map(plain));
  }

  test('about the data: the snapshot, its sources and how much is unknown', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: '?section=about' });
    await isNow(page, 'complete');
    assert.match(await page.locator('#about').innerText(), new RegExp(hub.checksum));
    const coverage = await named(page, 'coverage').evaluateAll(rows => rows.map(row => [row.dataset.facet, row.dataset.exact]));
    assert.ok(coverage.length >= 8);
    for (const [facet, exact] of coverage) {
      const [{ unknown }] = await query(`select coalesce(sum(downloads_30d), 0)::varchar as unknown from hub where ${facet} = 'unknown'`);
      assert.equal(exact, unknown, facet);
    }
  });

  test('an address that says nonsense is shown for what it is, in a sentence, and does no harm', { skip }, async t => {
    const nonsense = '?region=%3Cimg%20src=x%20onerror=alert(1)%3E&measure=fame&month=soon..&size=1b-5b&section=rows%22';
    const { page, problems } = await visit(t, browser, hub, { link: nonsense });
    page.on('dialog', dialog => assert.fail(dialog.message()));
    await isNow(page, 'complete');
    const sentence = await named(page, 'problems').innerText();
    for (const word of ['fame', 'onerror', 'soon']) assert.ok(sentence.includes(word), `${word} in “${sentence}”`);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await named(page, 'slice-models').getAttribute('data-exact'), '0');
    assert.deepEqual(problems, []);
  });

  test('the large charts are as sharp as the screen and say in words what they draw', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { options: { deviceScaleFactor: 2, viewport: { width: 1100, height: 900 } } });
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    for (const name of ['over-time', 'sizes', 'typical-size', 'concentration', 'leaders']) {
      const chart = page.locator(`[data-testid="chart"][data-name="${name}"]`);
      // Only charts in sight are drawn.
      await chart.scrollIntoViewIfNeeded();
      await page.waitForFunction(name => {
        const canvas = document.querySelector(`[data-testid="chart"][data-name="${name}"] canvas`);
        return Math.abs(canvas.width / canvas.clientWidth - 2) < 0.02;
      }, name);
      const drawn = await chart.locator('canvas').evaluate(canvas => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return { density: canvas.width / canvas.clientWidth, colours: new Set(new Uint32Array(data.buffer)).size };
      });
      assert.ok(Math.abs(drawn.density - 2) < 0.02, `${name} has ${drawn.density} dots a pixel`);
      assert.ok(drawn.colours > 10, `${name} is drawn`);
      assert.ok((await chart.getAttribute('aria-label')).length > 40, name);
    }
  });

  test('a synthetic snapshot says so on the page and in the file, and its numbers are DuckDB’s', async t => {
    const { page, problems } = await visit(t, browser, setting('ATLAS_SAMPLE'));
    await loadSnapshot(setting('ATLAS_SAMPLE'), 'sample');
    await isNow(page, 'complete');
    assert.match(await named(page, 'synthetic').innerText(), /synthetic/i);
    await showsSlice(page, 'sample', []);
    await value(page, 'region', 'china').click();
    await value(page, 'size', '1b-5b').click();
    await value(page, 'year', '2026').click();
    for (const measure of ['downloads_all_time', 'likes', 'models', 'downloads_30d']) {
      await page.locator(`[data-testid="measure"] button[data-value="${measure}"]`).click();
      await showsSlice(page, 'sample', [china, small, year], { measure });
    }
    await page.locator('[data-testid="section"][data-value="rows"]').click();
    await named(page, 'row').first().waitFor();
    assert.equal(await named(page, 'row').locator('a').count(), 0, 'invented models link nowhere');
    await named(page, 'download').click();
    const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
    assert.match(download.suggestedFilename(), /synthetic/);
    const file = JSON.parse(await readFile(await download.path()));
    assert.equal(file.snapshot.synthetic, true);
    assert.match(file.notice, /synthetic/i);
    assert.equal(file.rows.length, file.totals.models);
    assert.deepEqual(problems, []);
  });
});

/** Reads again and again until what is read is what is wanted. */
async function eventually(read, wanted, what) {
  const deadline = Date.now() + 15_000;
  while (!isDeepStrictEqual(await read(), wanted)) {
    if (Date.now() > deadline) assert.deepEqual(await read(), wanted, what);
    await new Promise(resolve => setTimeout(resolve, 30));
  }
}

async function press(page, action, facet, key) {
  await value(page, facet, key).hover();
  await page.locator(`[data-testid="${action}"][data-facet="${facet}"][data-key="${key}"]`).click();
}

/** Drags over the histogram of a facet between two fractions of its width. */
async function drag(page, facet, from, to) {
  const histogram = page.locator(`[data-testid="histogram"][data-facet="${facet}"]`);
  await histogram.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await histogram.boundingBox();
  await page.mouse.move(x + from * width, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + ((from + to) / 2) * width, y + height / 2, { steps: 5 });
  await page.mouse.move(x + to * width, y + height / 2, { steps: 5 });
  await page.mouse.up();
}

async function save(page, chart, kind) {
  const button = page.locator(`#chart-${chart} [data-testid="save"][data-value="${kind}"]`);
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return download;
}

async function saved(page, chart, kind) {
  const text = await readFile(await (await save(page, chart, kind)).path(), 'utf8');
  return kind === 'json' ? JSON.parse(text) : text;
}
