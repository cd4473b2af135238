// The search box above the rows: what is found, counted and taken away is what DuckDB finds in the same file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before, describe } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openBrowser, until } from '../support/browser.mjs';
import { withoutRealData } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { hubFile, isNow, makeHub, named, value, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { some, where } from '../support/slices.mjs';

const china = some('region', 'china');
const rowsOpen = '?section=rows';

describe('the search in the rows', { timeout: 900_000 }, () => {
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

  test('what is typed is found in either case, under filters and in every order, as DuckDB finds it', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub, { link: rowsOpen });
    await isNow(page, 'complete');
    for (const [text, clauses] of [['LLaMA', []], ['-7b', []], ['-7b', [china]], ['qwen/', [china]], ['a', [china]]]) {
      await page.goto(`${page.url().split('?')[0]}${rowsOpen}&${clauses.map(clause => clause.link).join('&')}`);
      await isNow(page, 'complete');
      await field(page).fill(text);
      await showsFound(page, 'hub', text, clauses);
      await showsRows(page, text, clauses, 'downloads_30d desc');
    }
    await page.locator('[data-testid="sort"][data-value="likes"]').click();
    await showsRows(page, 'a', [china], 'likes desc nulls last');
    await page.locator('[data-testid="measure"] button[data-value="likes"]').click();
    await showsFound(page, 'hub', 'a', [china], 'likes');
    assert.deepEqual(problems, []);
  });

  test('by keyboard alone: a burst of typing is one step, and its address brings it back', { skip }, async t => {
    const { page, context, site, problems } = await visit(t, browser, hub, { link: rowsOpen });
    await isNow(page, 'complete');
    await named(page, 'row').first().waitFor();
    const steps = await page.evaluate(() => history.length);
    await tabTo(page, '#find');
    await page.keyboard.type('lla');
    await page.keyboard.press('Enter');
    await addressIs(page, '?find=lla&section=rows');
    await page.keyboard.type('ma');
    // No Enter: a rest ends it as well.
    await addressIs(page, '?find=llama&section=rows');
    await showsFound(page, 'hub', 'llama', []);
    assert.equal(await page.evaluate(() => history.length), steps + 2);
    await page.keyboard.press('Control+z');
    await addressIs(page, '?find=lla&section=rows');
    assert.equal(await field(page).inputValue(), 'lla');
    await showsFound(page, 'hub', 'lla', []);
    await page.keyboard.press('Control+z');
    await addressIs(page, rowsOpen);
    assert.equal(await field(page).inputValue(), '');
    await showsRows(page, '', [], 'downloads_30d desc');
    await page.keyboard.press('Control+Shift+z');
    await page.keyboard.press('Control+Shift+z');
    await addressIs(page, '?find=llama&section=rows');
    await showsFound(page, 'hub', 'llama', []);

    const other = await context.newPage();
    await other.goto(page.url());
    await isNow(other, 'complete');
    assert.equal(await field(other).inputValue(), 'llama');
    await showsFound(other, 'hub', 'llama', []);
    await showsRows(other, 'llama', [], 'downloads_30d desc');
    await other.goto(`${site.address}?find=llama`);
    await isNow(other, 'complete');
    await showsSlice(other, 'hub', []);
    await other.locator('[data-testid="section"][data-value="rows"]').click();
    await showsFound(other, 'hub', 'llama', []);

    await page.keyboard.press('Escape');
    await addressIs(page, rowsOpen);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'find', 'the reader stays in the box');
    await showsRows(page, '', [], 'downloads_30d desc');
    await page.goBack();
    await showsFound(page, 'hub', 'llama', []);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'find-clear');
    await page.keyboard.press('Enter');
    await addressIs(page, rowsOpen);
    assert.equal(await field(page).inputValue(), '');
    assert.deepEqual(problems, []);
  });

  test('a slash leads from the rows to the box, and is a slash everywhere else', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: rowsOpen });
    await isNow(page, 'complete');
    await named(page, 'row').first().waitFor();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.localName), 'body');
    await page.locator('.table-room').focus();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'find');
    await page.keyboard.type('qwen/qwen3');
    assert.equal(await field(page).inputValue(), 'qwen/qwen3');
    await showsFound(page, 'hub', 'qwen/qwen3', []);
  });

  test('nothing found: the page says where it looked, and offers what may help', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: `${rowsOpen}&region=china` });
    await isNow(page, 'complete');
    await field(page).fill('mistralai/');
    const [{ models }] = await query("select count(*) as models from hub where region = 'china'");
    await until(async () => /^No model .*“mistralai\/”/.test(await told(page)));
    assert.match(await told(page), new RegExp(`Searched: ${Number(models).toLocaleString('en')} models from China\\.$`));
    assert.equal(await named(page, 'row').count(), 0);
    await tabTo(page, '[data-testid="find-everywhere"]');
    await page.keyboard.press('Enter');
    await showsFound(page, 'hub', 'mistralai/', []);
    await addressIs(page, '?find=mistralai%2F&section=rows');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'find');
    await field(page).fill('no such model');
    await until(async () => /^No model .*“no such model”/.test(await told(page)));
    assert.equal(await named(page, 'find-everywhere').count(), 0, 'there is no filter to leave out');
    await tabTo(page, '[data-testid="find-nothing"]');
    await page.keyboard.press('Enter');
    assert.equal(await field(page).inputValue(), '');
    await showsRows(page, '', [], 'downloads_30d desc');
  });

  test('what is found is announced politely once the typing rests', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { link: rowsOpen });
    await isNow(page, 'complete');
    await field(page).pressSequentially('gguf');
    await showsFound(page, 'hub', 'gguf', []);
    const announcer = named(page, 'announcer');
    assert.equal(await announcer.getAttribute('aria-live'), 'polite');
    await until(async () => await announcer.textContent() === await named(page, 'found').textContent());
  });

  test('while ids arrive the page says what has been found so far, and goes on by itself', { skip }, async t => {
    const { page, site, problems } = await visit(t, browser, hub, {
      link: `${rowsOpen}&find=llama`,
      faults: site => site.hold(path => path === hub.idParts[1]),
    });
    await isNow(page, 'complete');
    await showsFound(page, 'hub_head', 'llama', [], 'downloads_30d', 'hub');
    assert.match(await told(page), /^So far .* 2,000 of 15,904 ids have been searched\.$/);
    await named(page, 'download').click();
    assert.match(await page.locator('#download').innerText(), /so far[^]*still being searched/i);
    await named(page, 'export-close').click();
    site.mend();
    await showsFound(page, 'hub', 'llama', []);
    assert.doesNotMatch(await told(page), /so far/i);
    assert.deepEqual(problems, []);
  });

  test('ids that cannot be fetched: what was found stays, the rest of the page works, and trying again helps', { skip }, async t => {
    const { page, site } = await visit(t, browser, hub, {
      link: `${rowsOpen}&find=llama`,
      faults: site => site.refuse(path => path === hub.idParts[1], 503),
    });
    await named(page, 'find-retry').waitFor();
    await showsFound(page, 'hub_head', 'llama', [], 'downloads_30d', 'hub');
    assert.match(await told(page), /2,000 of 15,904 ids have been searched; the others could not be fetched\.$/);
    assert.match(await named(page, 'failure').innerText(), /ids-[0-9a-f]{16}\.parquet.*503.*still works/);
    await value(page, 'region', 'china').click();
    await showsSlice(page, 'hub', [china]);
    await field(page).fill('qwen');
    await showsFound(page, 'hub_head', 'qwen', [china], 'downloads_30d', 'hub');
    site.mend();
    await named(page, 'find-retry').click();
    await showsFound(page, 'hub', 'qwen', [china]);
    assert.equal(await named(page, 'failure').count(), 0);
    assert.equal(await named(page, 'find-retry').count(), 0);
    await isNow(page, 'complete');
  });

  test('a download holds what was found and says so before; elsewhere it holds the slice', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub, { link: `${rowsOpen}&region=china&find=-7B` });
    await isNow(page, 'complete');
    await showsFound(page, 'hub', '-7B', [china]);
    const holds = `region = 'china' and ${has('-7B')}`;
    const wanted = await query(`select id, downloads_30d from hub where ${holds} order by downloads_30d desc, id`);
    await named(page, 'download').click();
    assert.equal(await named(page, 'export-rows').getAttribute('data-exact'), String(wanted.length));
    assert.match(await named(page, 'export-search').innerText(), /Only .*“-7B” in their id/);
    const name = `hub-atlas-2026-08-22-${wanted.length}-models.json`;
    assert.ok((await page.locator('#download').innerText()).includes(name));
    const estimate = Number(await named(page, 'export-bytes').getAttribute('data-exact'));
    const { download, bytes, file } = await downloaded(page);
    assert.equal(download.suggestedFilename(), name);
    assert.ok(Math.abs(estimate - bytes) < 0.25 * bytes, `${estimate} said, ${bytes} written`);
    assert.equal(file.query.search, '-7B');
    assert.equal(file.link, page.url());
    assert.deepEqual(file.rows.map(row => [row.id, BigInt(row.downloads_30d)]), wanted.map(row => [row.id, row.downloads_30d]));
    assert.equal(BigInt(file.totals.downloads_30d), wanted.reduce((sum, row) => sum + row.downloads_30d, 0n));
    assert.equal(await named(page, 'export-saved').getAttribute('data-exact'), String(wanted.length));
    await named(page, 'export-close').click();

    await page.locator('[data-testid="section"][data-value="explore"]').click();
    const [{ models }] = await query("select count(*) as models from hub where region = 'china'");
    await named(page, 'download').click();
    assert.equal(await named(page, 'export-rows').getAttribute('data-exact'), String(models));
    assert.equal(await named(page, 'export-search').count(), 0);
    const whole = await downloaded(page);
    assert.equal(whole.file.rows.length, Number(models));
    assert.equal(whole.file.query.search, undefined);
    assert.deepEqual(problems, []);
  });

  test('a hostile text in the address does no harm', { skip }, async t => {
    const html = '<img src=x onerror=alert(1)>';
    const piece = encodeURIComponent(`\u0000\u202e${html}\r\n`);
    const hostile = piece.repeat(Math.floor(13_000 / piece.length));
    const { page, problems } = await visit(t, browser, hub, { link: `${rowsOpen}&find=${hostile}` });
    page.on('dialog', dialog => assert.fail(dialog.message()));
    await isNow(page, 'complete');
    await until(async () => /^No model/.test(await told(page)));
    assert.match(await named(page, 'problems').innerText(), /searches for more than an id can hold/);
    const text = await field(page).inputValue();
    assert.equal(text, html.repeat(30).slice(0, 512).trim());
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.ok((await told(page)).length < 250, await told(page));
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth);
    assert.ok(wide <= 0, `nothing is pushed aside, but the page is ${wide} pixels too wide`);
    // Longer than servers take, and longer than the page reads.
    await page.evaluate(search => {
      history.pushState(null, '', search);
      dispatchEvent(new PopStateEvent('popstate'));
    }, `${rowsOpen}&find=${'%3Cb%3E'.repeat(3_000)}`);
    await until(async () => /longer than 16384/.test(await named(page, 'problems').innerText()));
    assert.equal((await field(page).inputValue()).length, 512);
    await field(page).fill('qwen');
    await showsFound(page, 'hub', 'qwen', []);
    assert.deepEqual(problems, []);
  });

  /** The rows listed are the first hundred that DuckDB lists, and every place of the text in their ids is marked. */
  async function showsRows(page, text, clauses, order) {
    const wanted = await query(`select id from hub where ${where(clauses)} and ${has(text)}
      order by ${order}, hub.downloads_30d desc, id limit 100`);
    const ids = () => named(page, 'row').evaluateAll(rows => rows.map(row => row.dataset.key));
    await eventually(ids, wanted.map(row => row.id), `rows with “${text}” by ${order}`);
    const marks = await named(page, 'row').evaluateAll(rows => rows.map(row => [...row.querySelectorAll('mark')].map(mark => mark.textContent)));
    const places = id => (text ? id.toLowerCase().split(text.toLowerCase()).length - 1 : 0);
    for (const [at, { id }] of wanted.entries()) {
      assert.equal(marks[at].length, places(id), id);
      for (const mark of marks[at]) assert.equal(mark.toLowerCase(), text.toLowerCase(), id);
    }
  }
});

const field = page => page.locator('#find');

const told = async page => (await named(page, 'found').count() ? named(page, 'found').innerText() : '');

/** The condition that an id holds a text, ASCII letters in either case. */
const has = text => `contains(lower(id), ${literal(text.toLowerCase())})`;

/** The page says as many models and as much of the measure as DuckDB finds in `table`, of a slice of the table `all`. */
async function showsFound(page, table, text, clauses, measure = 'downloads_30d', all = table) {
  const [found] = await query(`select count(*)::varchar as models, sum(${measure})::varchar as measure
    from ${table} where ${where(clauses)} and ${has(text)}`);
  const [slice] = await query(`select count(*)::varchar as models from ${all} where ${where(clauses)}`);
  assert.notEqual(found.models, '0', 'a test that finds nothing shows nothing');
  const read = () => page.evaluate(() => {
    const sentence = document.querySelector('[data-testid="found"]');
    const exact = name => sentence?.querySelector(`[data-testid="found-${name}"]`)?.dataset.exact ?? null;
    return { models: exact('models'), slice: exact('slice'), measure: exact('measure'), text: /“(.*)”/.exec(sentence?.textContent ?? '')?.[1] ?? null };
  });
  await eventually(read, { models: found.models, slice: slice.models, measure: found.measure, text }, `“${text}” in ${table}`);
}

async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent('download'), named(page, 'export-start').click()]);
  const content = await readFile(await download.path());
  return { download, bytes: content.length, file: JSON.parse(content) };
}

const addressIs = (page, wanted) => eventually(() => page.evaluate(() => location.search), wanted, 'the address');

/** Reads again and again until what is read is what is wanted. */
async function eventually(read, wanted, what) {
  const deadline = Date.now() + 15_000;
  while (!isDeepStrictEqual(await read(), wanted)) {
    if (Date.now() > deadline) assert.deepEqual(await read(), wanted, what);
    await new Promise(resolve => setTimeout(resolve, 30));
  }
}

/** Presses Tab until the focus is on an element that matches, as a reader would. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 600; presses += 1) {
    if (await page.evaluate(selector => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${selector} cannot be reached with Tab`);
}
