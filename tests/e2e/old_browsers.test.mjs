// A browser that lacks what the page counts with says so in a sentence, and nothing is fetched in vain.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { setting } from '../support/builder.mjs';
import { visit } from '../support/hub_site.mjs';

/** What older browsers lack, and how to take it from this one. */
const lacks = [
  ['WebAssembly SIMD', ['--js-flags=--no-enable-sse4-1'], () => {}],
  ['WebAssembly', [], page => page.addInitScript(() => { delete globalThis.WebAssembly; })],
  ['module workers', [], page => page.addInitScript(() => {
    const Modern = globalThis.Worker;
    globalThis.Worker = class Worker extends Modern {
      constructor(address) { super(address); }
    };
  })],
];

for (const [what, switches, begin] of lacks) {
  test(`a browser without ${what} reads why the page does not count`, { timeout: 60_000 }, async t => {
    const browser = await openBrowser(...switches);
    t.after(() => browser.close());
    const { page, site } = await visit(t, browser, setting('ATLAS_SAMPLE'), { begin });
    const notice = page.locator('#too-old');
    await notice.waitFor();
    const sentence = await notice.innerText();
    for (const word of [/lacks/, /WebAssembly SIMD/, /module workers/, /Firefox since \d+/, /Safari since/]) assert.match(sentence, word);
    await page.waitForLoadState();
    await page.waitForTimeout(500);
    assert.equal(await notice.isVisible(), true, 'nothing takes the sentence away again');
    assert.equal(await page.locator('#loading').isVisible(), false, 'nothing says that it is still on its way');
    assert.match(await page.locator('main').innerText(), /Hugging Face Hub/);
    assert.deepEqual(site.requests.filter(path => path.startsWith('snapshot/')), []);
  });
}

test('a browser that has everything reads nothing of the kind', { timeout: 60_000 }, async t => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = await visit(t, browser, setting('ATLAS_SAMPLE'));
  await page.waitForSelector('body[data-state="complete"]');
  assert.equal(await page.locator('#too-old').count(), 0);
});
