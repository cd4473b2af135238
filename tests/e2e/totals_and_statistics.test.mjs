// In which order page and engine speak while a reader touches filters, on the synthetic sample of 200,000 models.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { setting } from '../support/builder.mjs';
import { holdBack, listenIn, overhear } from '../support/conversation.mjs';
import { becomes, isNow, named, value, visit } from '../support/hub_site.mjs';

describe('totals and statistics', { timeout: 300_000 }, () => {
  const sample = setting('ATLAS_SAMPLE');
  let browser;

  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());

  test('totals do not wait for statistics, and those of another slice are marked until their successors come', async t => {
    const { page } = await visit(t, browser, sample, { begin: listenIn });
    await isNow(page, 'complete');
    await settled(page);
    const median = page.locator('data[data-testid="median"]');
    const places = () => page.locator('.chart, .figure').evaluateAll(all => all.map(one => JSON.stringify(one.getBoundingClientRect())));
    const busy = () => page.locator(':is(.chart, .figure)[aria-busy="true"]').evaluateAll(all => all.map(one => one.id || one.querySelector('dt')?.textContent).sort());
    const [former, before] = [await median.getAttribute('data-exact'), await places()];
    assert.deepEqual(await busy(), []);
    await holdBack(page, 'measured');
    await value(page, 'size', '1b-5b').click();
    await page.waitForFunction(() => document.querySelector('[data-testid="sentence"]').textContent.includes('of size'));
    // Figures and charts are marked one after the other, each in a turn of its own.
    await becomes(busy, ['Mean size', 'Median size', 'chart-concentration', 'chart-typical-size']);
    assert.equal(await median.getAttribute('data-exact'), former, 'the former figure stays');
    assert.deepEqual(await places(), before, 'and nothing moves');
    assert.equal(await page.evaluate(() => document.body.dataset.settled), 'false');
    await holdBack(page, null);
    await settled(page);
    assert.deepEqual(await busy(), []);
    assert.notEqual(await median.getAttribute('data-exact'), former);
    assert.deepEqual(await places(), before);
  });

  test('a drag has at most one question under way, and the engine was told to get ready before the first', async t => {
    const { page } = await visit(t, browser, sample, { begin: listenIn });
    await isNow(page, 'complete');
    await settled(page);
    await overhear(page);
    await brush(page, 'parameters');
    const said = await overhear(page);
    const first = kind => said.findIndex(message => message.kind === kind);
    assert.ok(first('prepare') >= 0 && first('prepare') < first('ask'), JSON.stringify(said.slice(0, 4)));
    assert.equal(said.filter(message => message.kind === 'prepare').length, 1, 'once is enough for a whole drag');
    let underWay = 0;
    for (const { kind } of said) {
      if (kind === 'ask') underWay += 1;
      if (kind === 'answered') underWay -= 1;
      assert.ok(underWay === 0 || underWay === 1, `${underWay} questions under way`);
    }
    assert.ok(said.filter(({ kind }) => kind === 'answered').length > 5, 'the totals follow the hand');
    const last = [...said].reverse().find(({ from }) => from === 'engine');
    assert.equal(last.kind, 'measured', 'the statistics of the last question come');
  });

  test('the engine gets ready when a pointer rests on a filter or the keyboard comes to one', async t => {
    const { page } = await visit(t, browser, sample, { begin: listenIn });
    await isNow(page, 'complete');
    await settled(page);
    await overhear(page);
    const prepared = async () => (await overhear(page)).filter(message => message.kind === 'prepare').length;
    await value(page, 'region', 'china').hover();
    await page.waitForTimeout(200);
    assert.equal(await prepared(), 1);
    await value(page, 'region', 'us').hover();
    await page.waitForTimeout(200);
    assert.equal(await prepared(), 0, 'the same facet is ready already');
    await named(page, 'handle-low').first().focus();
    assert.equal(await prepared(), 1);
  });
});

const settled = page => page.waitForSelector('body[data-settled="true"]');

/** Drags a range over a histogram, a move every sixtieth of a second as a hand would. */
async function brush(page, facet) {
  const histogram = page.locator(`[data-testid="histogram"][data-facet="${facet}"]`);
  await histogram.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await histogram.boundingBox();
  await page.mouse.move(x + 0.3 * width, y + height / 2);
  await page.mouse.down();
  for (let step = 1; step <= 40; step += 1) {
    await page.mouse.move(x + (0.3 + 0.012 * step) * width, y + height / 2);
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  await settled(page);
}
