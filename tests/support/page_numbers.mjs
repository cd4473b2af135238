// Every number the page shows, and what DuckDB says each should be.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { query } from './duckdb.mjs';
import { expected, where } from './slices.mjs';

/** Facets whose values are all shown; of the others the page shows the largest. */
const short = ['region', 'size', 'year', 'organisation_type', 'relation'];

/** Values of a long facet that are shown before the reader asks for more, `unknown` aside. */
const shownOfLong = 7;

/**
 * Waits until the page has settled on the slice of these clauses and shows the numbers DuckDB finds for it in `table`;
 * fails with the differences when it does not within 20 seconds.
 */
export async function showsSlice(page, table, clauses, options = {}) {
  const wanted = await expectedNumbers(table, clauses, options);
  const deadline = Date.now() + 20_000;
  let found;
  for (;;) {
    found = await page.evaluate(readNumbers);
    if (found.settled && isDeepStrictEqual(compared(found, wanted), wanted.numbers)) break;
    if (Date.now() > deadline) {
      assert.equal(found.settled, true, 'the page does not settle');
      assert.deepEqual(compared(found, wanted), wanted.numbers);
    }
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  checkLongFacets(found, wanted, clauses);
}

/** Runs in the page. */
function readNumbers() {
  const data = name => document.querySelector(`data[data-testid="${name}"]`);
  const exact = name => data(name)?.dataset.exact ?? null;
  const part = name => (data(name) ? [data(name).dataset.exact, data(name).dataset.whole] : null);
  const bars = {};
  for (const bar of document.querySelectorAll('[data-testid="facet-value"]')) {
    const { facet, key, measure, models, all } = bar.dataset;
    (bars[facet] ??= []).push([key, measure, models, all]);
  }
  const histograms = {};
  for (const histogram of document.querySelectorAll('[data-testid="histogram"]')) {
    // The months of download are no facet of the models: a test of the history looks at them.
    if (histogram.dataset.facet !== 'made') histograms[histogram.dataset.facet] = histogram.dataset.exact;
  }
  return {
    settled: document.body.dataset.settled === 'true',
    figures: {
      measure: exact('slice-measure'),
      share: part('slice-share'),
      models: exact('slice-models'),
      median: exact('median'),
      mean: exact('mean'),
    },
    sentence: { models: exact('models'), measure: exact('measure'), share: part('share') },
    histograms,
    bars,
  };
}

async function expectedNumbers(table, clauses, { measure = 'downloads_30d' } = {}) {
  const answer = await expected(table, clauses, { measure });
  const [{ mean }] = await query(`select round(sum(parameter_count)::double / count(parameter_count))::hugeint as mean
    from ${table} where ${where(clauses)}`);
  const [slice, all] = [answer.slice[measure], answer.unfiltered[measure]];
  const counts = measure !== 'models';
  const some = answer.slice.models !== '0';
  const known = facet => Object.entries(answer.facets[facet])
    .filter(([key]) => key !== 'unknown')
    .reduce((sum, [, [part]]) => sum + BigInt(part), 0n);
  return {
    facets: answer.facets,
    numbers: {
      figures: {
        measure: counts ? slice : null,
        share: [slice, all],
        models: answer.slice.models,
        median: answer.sizes.quantiles[2],
        mean: mean === null ? null : String(mean),
      },
      sentence: {
        models: some || clauses.length === 0 ? answer.slice.models : null,
        measure: counts && (some || clauses.length === 0) ? slice : null,
        share: some && clauses.length > 0 ? [slice, all] : null,
      },
      histograms: { parameters: String(known('parameters')), month: String(known('month')) },
      bars: Object.fromEntries(short.map(facet => [facet, answer.facets[facet]])),
    },
  };
}

/** What of the numbers found can be compared as a whole: values that hold nothing may be shown or not. */
function compared(found, wanted) {
  const bars = {};
  for (const facet of short) {
    const there = wanted.facets[facet];
    const shown = (found.bars[facet] ?? []).filter(([key, ...numbers]) => key in there || numbers.some(number => number !== '0'));
    bars[facet] = Object.fromEntries(shown.map(([key, ...numbers]) => [key, numbers]));
  }
  return { figures: found.figures, sentence: found.sentence, histograms: found.histograms, bars };
}

/** Long facets show right numbers, and no larger value than those shown is left out. */
function checkLongFacets(found, wanted, clauses) {
  for (const facet of ['task', 'organisation', 'library', 'licence', 'origin']) {
    const shown = found.bars[facet] ?? [];
    for (const [key, ...numbers] of shown) {
      assert.deepEqual(numbers, wanted.facets[facet][key] ?? ['0', '0', '0'], `${facet} ${key}`);
    }
    assert.ok(shown.some(([key]) => key === 'unknown'), `${facet} shows what is unknown`);
    if (clauses.some(clause => clause.facet === facet)) continue;
    const measures = totals => totals.filter(([key]) => key !== 'unknown').map(([, measure]) => BigInt(measure));
    const largest = measures(Object.entries(wanted.facets[facet]).map(([key, [measure]]) => [key, measure]))
      .sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
    assert.deepEqual(measures(shown), largest.slice(0, shownOfLong), `the largest values of ${facet}`);
  }
}
