// What the page's own thread has to do while somebody uses it, from the browser's trace.

/**
 * Runs `act` and resolves to the tasks of the pages' main threads meanwhile, longest first: `milliseconds` of processor
 * time, which other programs on the machine do not lengthen, and of `wall` time.
 */
export async function tasksDuring(browser, page, act) {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] });
  await act();
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const thread = event => `${event.pid} ${event.tid}`;
  const mains = new Set(traceEvents
    .filter(event => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
    .map(thread));
  return traceEvents
    .filter(event => event.ph === 'X' && /RunTask$/.test(event.name) && mains.has(thread(event)))
    .map(event => ({ milliseconds: (event.tdur ?? event.dur) / 1000, wall: event.dur / 1000 }))
    .sort((one, other) => other.milliseconds - one.milliseconds);
}

/** Begins to note every paint of something larger than before, and every element that moves by itself; see `paints`. */
export const watchPaints = page => page.addInitScript(() => {
  globalThis.paints = [];
  new PerformanceObserver(list => {
    for (const { startTime, size, element } of list.getEntries()) {
      globalThis.paints.push({ startTime, size, what: element?.id || element?.className || element?.tagName });
    }
  }).observe({ type: 'largest-contentful-paint', buffered: true });
});

/** The largest paints noted since [`watchPaints`], in order: when in milliseconds, how many pixels, of what. */
export const paints = page => page.evaluate(() => globalThis.paints);
