// The page as published: it opens from any folder of any host and its worker answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBrowser, openPage, until } from '../support/browser.mjs';
import { startSite } from '../support/site.mjs';

for (const base of ['/', '/a/deep/folder/']) {
  test(`the page opens at ${base} without an error and reads its snapshot in a worker`, { timeout: 60_000 }, async t => {
    const site = await startSite({ base });
    t.after(site.stop);
    const browser = await openBrowser();
    t.after(() => browser.close());
    const { page, problems } = await openPage(browser);

    const worker = page.waitForEvent('worker');
    await page.goto(site.address);
    assert.match((await worker).url(), /\/worker-[0-9a-f]{16}\/atlas-worker_loader\.js$/);
    await until(() => site.requests.some(path => /^snapshot\/models-[0-9a-f]{16}\.parquet$/.test(path)));
    await page.waitForLoadState('networkidle');

    assert.match(await page.title(), /Hub Atlas/);
    assert.deepEqual(problems, []);
  });
}
