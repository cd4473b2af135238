// The page asks the Hub itself: a server on this machine answers in its place, with and without faults.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { setting, withoutRealData } from '../support/builder.mjs';
import { becomes, isNow, named, visit } from '../support/hub_site.mjs';
import { breaks, listedModels, refuses, startHub } from '../support/live_hub.mjs';

const sum = (models, key) => models.reduce((sum, model) => sum + model[key], 0);
const top = (models, key, count) => [...models].sort((a, b) => b[key] - a[key]).slice(0, count);

describe('live from the Hub', { timeout: 900_000 }, () => {
  const skip = withoutRealData('hub/api/models-page-1.json') || withoutRealData('hub/api/models-page-2.json');
  let browser;
  let models;

  before(async () => {
    browser = await openBrowser();
    models = await listedModels();
  });
  after(() => browser?.close());

  /** The page over the sample, with a Hub of its own, and the menu open. */
  async function begin(t, options = {}) {
    const hub = await startHub(models, { pageSize: 100, ...options });
    t.after(hub.stop);
    const visited = await visit(t, browser, setting('ATLAS_SAMPLE'), { link: `?hub=${encodeURIComponent(hub.address)}` });
    await isNow(visited.page, 'complete');
    await named(visited.page, 'data').click();
    return { ...visited, hub };
  }

  async function ask(page, { most = 250, order = 'downloads', author = '', search = '', button = 'ask-hub' } = {}) {
    await page.locator('#hub-most').fill(String(most));
    await page.locator('#hub-order').selectOption(order);
    await page.locator('#hub-author').fill(author);
    await page.locator('#hub-search').fill(search);
    await page.locator(`#${button}`).click();
  }

  const shows = (page, wanted) => page.waitForFunction(([count, downloads]) => {
    const exact = name => document.querySelector(`data[data-testid="${name}"]`)?.dataset.exact;
    return exact('slice-models') === String(count) && exact('slice-measure') === String(downloads);
  }, [wanted.length, sum(wanted, 'downloads')], { timeout: 60_000 });

  test('the most downloaded models come page by page, and the page says that they are not the whole Hub', { skip }, async t => {
    const { page, hub, problems } = await begin(t);
    await ask(page);
    await shows(page, top(models, 'downloads', 250));
    await isNow(page, 'complete');
    assert.equal(hub.requests.length, 3);
    for (const { method, headers, query } of hub.requests) {
      assert.equal(method, 'GET');
      assert.equal(headers.cookie ?? headers.authorization ?? headers.referer, undefined, 'nothing tells who asks');
      assert.deepEqual([query.get('sort'), query.get('direction')], ['downloads', '-1']);
      assert.ok(query.getAll('expand[]').includes('downloadsAllTime'));
    }
    assert.match(await named(page, 'scope').innerText(), /not the whole hub/i);
    assert.equal(await named(page, 'scope').getAttribute('title'), 'the 250 most downloaded models');
    assert.match(await page.locator('#snapshot').innerText(), /Live from the Hugging Face Hub/);
    assert.equal(await named(page, 'synthetic').count(), 0);
    assert.deepEqual(problems, []);
  });

  test('likes, an account and a text each narrow what is asked', { skip }, async t => {
    const { page, hub } = await begin(t);
    await ask(page, { order: 'likes', most: 50 });
    await shows(page, top(models, 'likes', 50));
    assert.equal(hub.requests[0].query.get('sort'), 'likes');
    const qwen = models.filter(model => model.id.startsWith('Qwen/') && model.id.toLowerCase().includes('instruct'));
    await named(page, 'data').click();
    await ask(page, { author: 'Qwen', search: 'Instruct', most: 500 });
    await shows(page, qwen);
    assert.equal(await named(page, 'scope').getAttribute('title'), `all ${qwen.length} models of the account Qwen found by “Instruct”`);
    await named(page, 'data').click();
    await ask(page, { author: 'nobody-of-that-name' });
    await named(page, 'import-failed').waitFor();
    assert.match(await named(page, 'import-failed').innerText(), /no model of that kind/);
    await shows(page, qwen);
  });

  test('an answer is kept in the browser, and asked for anew only on demand', { skip }, async t => {
    const { page, hub } = await begin(t);
    await ask(page);
    await shows(page, top(models, 'downloads', 250));
    const asked = hub.requests.length;
    await named(page, 'data').click();
    await page.locator('#open-bundled').click();
    await page.waitForFunction(() => document.querySelector('[data-testid="synthetic"]'));
    await named(page, 'data').click();
    await ask(page);
    await shows(page, top(models, 'downloads', 250));
    assert.equal(hub.requests.length, asked, 'nobody was asked again');
    assert.match(await named(page, 'problems').innerText(), /Kept in this browser since \d{4}-\d\d-\d\d/);
    await named(page, 'data').click();
    await ask(page, { button: 'ask-anew' });
    await page.waitForFunction(() => /were read/.test(document.querySelector('[data-testid="problems"]')?.textContent ?? ''));
    assert.equal(hub.requests.length, 2 * asked);
  });

  test('the limit, an error, a cut connection and nonsense are waited out', { skip }, async t => {
    const { page, hub } = await begin(t);
    hub.faults = [
      () => false,
      refuses(429, { 'Retry-After': '1' }),
      refuses(200, { 'Content-Type': 'application/json' }, '[{"id":'),
      refuses(500, {}, '<title>Oops</title>'),
      breaks,
    ];
    await ask(page);
    await page.waitForFunction(() => /limit is reached; asking again in \d s/.test(document.querySelector('[data-testid="import-running"]')?.textContent ?? ''));
    await shows(page, top(models, 'downloads', 250));
    assert.equal(hub.requests.length, 7);
  });

  test('a limit that is used up is not pressed further', { skip }, async t => {
    const { page, hub } = await begin(t);
    hub.faults = [(_, response) => {
      response.setHeader('RateLimit', '"api";r=0;t=2');
      return false;
    }];
    await ask(page, { most: 150 });
    await page.waitForFunction(() => /limit is used up; asking again in \d s/.test(document.querySelector('[data-testid="import-running"]')?.textContent ?? ''));
    await shows(page, top(models, 'downloads', 150));
  });

  test('what was read before it broke off is not asked for again', { skip }, async t => {
    const { page, hub } = await begin(t);
    hub.faults = [() => false, refuses(429, { 'Retry-After': '7200' }), refuses(429, { 'Retry-After': '7200' })];
    await ask(page);
    await named(page, 'import-failed').waitFor();
    assert.match(await named(page, 'import-failed').innerText(), /The 100 models read so far are kept until tomorrow: ask again/);
    await ask(page, { order: 'likes' });
    await page.waitForFunction(() => /begin anew/.test(document.querySelector('[data-testid="import-failed"]')?.textContent ?? ''));
    await ask(page);
    await shows(page, top(models, 'downloads', 250));
    const cursors = hub.requests.map(({ query }) => `${query.get('sort')} ${query.has('cursor') ? 'further' : 'first'}`);
    assert.deepEqual(cursors, ['downloads first', 'downloads further', 'likes first', 'downloads further', 'downloads further']);
    // Once it is whole there is nothing to go on with.
    await named(page, 'data').click();
    await ask(page, { button: 'ask-anew' });
    await becomes(() => hub.requests.length, 8);
  });

  for (const [what, fault, words] of [
    ['a page that is refused', refuses(400, {}, '{"error":"Invalid cursor"}'), /400.*“Invalid cursor”.*begin anew/],
    ['an answer that is no list', refuses(200, { 'Content-Type': 'application/json' }, '{"error":"maintenance"}'), /no list of models.*“maintenance”/],
    ['a wait that nobody waits', refuses(429, { 'Retry-After': '7200' }), /asks to wait 7200 s/],
  ]) {
    test(`${what} ends the import with a sentence, and what was open still works`, { skip }, async t => {
      const { page, hub } = await begin(t);
      hub.faults = [() => false, fault];
      await ask(page);
      await named(page, 'import-failed').waitFor();
      assert.match(await named(page, 'import-failed').innerText(), words);
      await page.locator('#close-data').click();
      assert.equal(await page.locator('[data-testid="snapshot-models"]').getAttribute('data-exact'), '200000');
      assert.equal(hub.requests.length, 2);
    });
  }

  test('asking can be paused, gone on with and cancelled', { skip }, async t => {
    const { page, hub } = await begin(t);
    let release;
    hub.held = new Promise(resolve => { release = resolve; });
    await ask(page);
    while (hub.requests.length === 0) await page.waitForTimeout(20);
    await named(page, 'import-pause').click();
    assert.equal(await named(page, 'import-pause').innerText(), 'Go on');
    release();
    hub.held = null;
    await page.waitForFunction(() => /^100 of 250/.test(document.querySelector('[data-testid="import-running"]')?.textContent ?? ''));
    assert.equal(hub.requests.length, 1, 'nothing is asked while it is paused');
    await named(page, 'import-pause').click();
    await shows(page, top(models, 'downloads', 250));

    await named(page, 'data').click();
    hub.held = new Promise(resolve => { release = resolve; });
    const asked = hub.requests.length;
    await ask(page, { most: 300 });
    while (hub.requests.length === asked) await page.waitForTimeout(20);
    await named(page, 'import-cancel').click();
    release();
    hub.held = null;
    await page.waitForFunction(() => !document.querySelector('[data-testid="import-running"]'));
    await page.locator('#close-data').click();
    await shows(page, top(models, 'downloads', 250));
    assert.equal(hub.requests.length, asked + 1);
  });

  test('a link cannot send the reader’s questions to another server', { skip }, async t => {
    const { page } = await visit(t, browser, setting('ATLAS_SAMPLE'), { link: `?hub=${encodeURIComponent('http://127.0.0.1.example.org')}` });
    await isNow(page, 'complete');
    await named(page, 'data').click();
    await ask(page);
    await named(page, 'import-failed').waitFor();
    assert.match(await named(page, 'import-failed').innerText(), /names another Hub/);
  });
});
