// The Chromium that `cargo xtask test` found or installed.
import { chromium } from 'playwright-core';
import { setting } from './builder.mjs';

/** Starts the browser, with further switches; `close()` ends it. Root cannot use its sandbox, and the pages are our own. */
export function openBrowser(...switches) {
  return chromium.launch({
    executablePath: setting('CHROME'),
    args: [...switches, '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page in a context of its own, with `problems`: every console error, uncaught error and failed request. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems = [];
  page.on('console', message => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('pageerror', error => problems.push(`uncaught: ${error.message}`));
  // Chromium calls a body aborted that a stream reader has read to its end before the network has said that it ended.
  const isFailure = reason => reason !== 'net::ERR_ABORTED';
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText;
    if (isFailure(reason)) problems.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', response => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`));
  return { page, context, problems };
}

/** Waits until `holds()` is true, looking again every 20 ms; fails after `milliseconds`. */
export async function until(holds, milliseconds = 30_000) {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not true after ${milliseconds} ms: ${holds}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
