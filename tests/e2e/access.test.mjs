// The page by keyboard alone, on a narrow screen, in both themes, and without jumping about.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { withoutRealData } from '../support/builder.mjs';
import { hubFile, isNow, makeHub, named, value, visit } from '../support/hub_site.mjs';
import { showsSlice } from '../support/page_numbers.mjs';
import { counted, some } from '../support/slices.mjs';

const china = some('region', 'china');
const narrow = { viewport: { width: 320, height: 720 } };

describe('the page for every reader', { timeout: 900_000 }, () => {
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

  test('filters, brush, chips and charts work by keyboard alone, with the focus in sight', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    await tabTo(page, '[data-testid="facet-value"][data-facet="region"][data-key="china"]');
    await page.keyboard.press('Space');
    await showsSlice(page, 'hub', [china]);
    await tabTo(page, '[data-testid="handle-low"]');
    for (let step = 0; step < 12; step += 1) await page.keyboard.press('ArrowRight');
    const [, from] = /parameters=(\d+)\.\./.exec(await page.evaluate(() => location.search));
    const sizes = counted(BigInt(from), null);
    await showsSlice(page, 'hub', [china, sizes]);
    await tabTo(page, '[data-testid="only"][data-facet="organisation_type"][data-key="industry"]');
    await page.keyboard.press('Enter');
    const industry = some('organisation_type', 'industry');
    await showsSlice(page, 'hub', [china, sizes, industry]);
    await page.keyboard.press('Control+z');
    await showsSlice(page, 'hub', [china, sizes]);
    await page.keyboard.press('Control+Shift+z');
    await showsSlice(page, 'hub', [china, sizes, industry]);
    await tabTo(page, '[data-testid="chip"][data-facet="region"] button', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await showsSlice(page, 'hub', [sizes, industry]);
    await tabTo(page, '[data-testid="chart"][data-name="leaders"]');
    await page.keyboard.press('ArrowDown');
    await named(page, 'tooltip').waitFor();
    const organisation = await named(page, 'tooltip').locator('strong').innerText();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /[?&]organisation=/.test(location.search));
    const clause = decodeURIComponent(/organisation=([^&]*)/.exec(new URL(page.url()).search)[1]);
    assert.ok(clause.startsWith('!') || clause === organisation, `${organisation} pressed, ${clause} in the address`);
    assert.deepEqual(problems, []);
  });

  test('the first stop of the keyboard leads past the filters', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.innerText), /skip/i);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  });

  test('new numbers are announced politely', { skip }, async t => {
    const { page } = await visit(t, browser, hub);
    await isNow(page, 'complete');
    await value(page, 'region', 'china').click();
    await page.waitForFunction(() => document.querySelector('[data-testid="announcer"]').textContent.includes('China'));
    const announcer = named(page, 'announcer');
    assert.equal(await announcer.getAttribute('aria-live'), 'polite');
    assert.equal(await announcer.textContent(), await named(page, 'sentence').textContent());
  });

  test('at 320 pixels nothing is lost and nothing scrolls sideways', { skip }, async t => {
    const { page, problems } = await visit(t, browser, hub, { options: { ...narrow, hasTouch: true } });
    await isNow(page, 'complete');
    await showsSlice(page, 'hub', []);
    await assertFits(page, 'explore');
    await named(page, 'open-filters').tap();
    await assertFits(page, 'the open drawer');
    await value(page, 'region', 'china').tap();
    await showsSlice(page, 'hub', [china]);
    await page.locator('#close-filters').tap();
    assert.match(await named(page, 'open-filters').innerText(), /\(1\)/);
    for (const section of ['rows', 'claims', 'about', 'explore']) {
      await page.locator(`[data-testid="section"][data-value="${section}"]`).tap();
      if (section === 'rows') await named(page, 'row').first().waitFor();
      await assertFits(page, section);
    }
    await named(page, 'download').tap();
    await assertFits(page, 'the download');
    assert.deepEqual(problems, []);
  });

  test('what can be pressed is at least 24 pixels high and wide, on a wide and a narrow screen', { skip }, async t => {
    for (const options of [{}, narrow]) {
      const { page } = await visit(t, browser, hub, { options });
      await isNow(page, 'complete');
      await showsSlice(page, 'hub', []);
      if (options === narrow) await named(page, 'open-filters').click();
      const tooSmall = await page.evaluate(() => [...document.querySelectorAll('button, select, input, summary, [role="slider"]')]
        .map(element => [element, element.getBoundingClientRect()])
        .filter(([element, { width, height }]) => width > 0 && height > 0 && getComputedStyle(element).visibility === 'visible')
        .filter(([, { width, height }]) => width < 23.5 || height < 23.5)
        .map(([element, { width, height }]) => `${element.outerHTML.slice(0, 90)} ${width} x ${height}`));
      assert.deepEqual(tooSmall, []);
    }
  });

  test('light and dark follow the system, and the reader’s choice stays', { skip }, async t => {
    const { page } = await visit(t, browser, hub, { options: { colorScheme: 'dark' } });
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await isNow(page, 'complete');
    assert.equal(await theme(), 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
    await named(page, 'theme').click();
    assert.equal(await theme(), 'dark');
    await page.reload();
    await isNow(page, 'complete');
    assert.equal(await theme(), 'dark');
  });

  test('text contrasts with what is behind it in both themes', { skip }, async t => {
    for (const colorScheme of ['light', 'dark']) {
      const { page } = await visit(t, browser, hub, { options: { colorScheme }, link: '?region=china' });
      await isNow(page, 'complete');
      await showsSlice(page, 'hub', [china]);
      assert.deepEqual(await page.evaluate(paleTexts), [], colorScheme);
      await page.locator('[data-testid="section"][data-value="claims"]').click();
      await named(page, 'claim-figure').first().waitFor();
      assert.deepEqual(await page.evaluate(paleTexts), [], `claims, ${colorScheme}`);
    }
  });

  for (const viewport of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
    test(`nothing jumps while the page loads, ${viewport.width} pixels wide`, { skip }, async t => {
      const { page } = await visit(t, browser, hub, {
        options: { viewport },
        faults: site => site.delay(path => hub.modelParts.includes(path), 300),
        begin: page => page.addInitScript(watchShifts),
      });
      await isNow(page, 'complete');
      await showsSlice(page, 'hub', []);
      const shifts = await page.evaluate(() => globalThis.shifts);
      const sum = shifts.reduce((total, { value }) => total + value, 0);
      assert.ok(sum < 0.01, `a layout shift of ${sum}: ${JSON.stringify(shifts)}`);
    });
  }
});

/** Runs in the page before anything else: keeps what the browser says of elements that moved by themselves. */
function watchShifts() {
  globalThis.shifts = [];
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
  const moved = ({ node, previousRect, currentRect }) =>
    `${node?.id || node?.className || node?.nodeName}: ${place(previousRect)} -> ${place(currentRect)}`;
  new PerformanceObserver(list => {
    for (const { value, sources } of list.getEntries()) globalThis.shifts.push({ value, moved: sources.map(moved) });
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Presses Tab until the focus is on an element that matches, as a reader would; the focus must be visible there. */
async function tabTo(page, selector, key = 'Tab') {
  for (let presses = 0; presses < 600; presses += 1) {
    if (await page.evaluate(selector => document.activeElement?.matches(selector), selector)) {
      const ring = await page.evaluate(() => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      });
      assert.ok(ring, `the focus on ${selector} can be seen`);
      return;
    }
    await page.keyboard.press(key);
  }
  assert.fail(`${selector} cannot be reached with ${key}`);
}

/** The page is as wide as its window, and every control that is not inside a scrolling box lies in it. */
async function assertFits(page, what) {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    return { scrollWidth, clientWidth };
  });
  assert.ok(wide.scrollWidth <= wide.clientWidth, `${what} is ${wide.scrollWidth} pixels wide in a window of ${wide.clientWidth}`);
}

/** Runs in the page: texts whose colour contrasts less with the nearest opaque background than WCAG 2.2 AA asks. */
function paleTexts() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  const channels = colour => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b]
    .map(value => value / 255)
    .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('.unseen, :disabled, script, style')) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(channels(style.color)), light(behind(element))].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < (large ? 3 : 4.5)) pale.push(`${contrast.toFixed(2)}: ${node.data.trim().slice(0, 40)} (${element.className || element.tagName})`);
  }
  return pale;
}
