// An answer of the engine beside DuckDB's.
import assert from 'node:assert/strict';
import { facets } from './hub_tables.mjs';
import { nothing } from './slices.mjs';

/** Fails unless the engine's answer is the one that `expected` found, all of it. */
export function compareAnswer(found, wanted) {
  assert.deepEqual(found.notes, []);
  assert.deepEqual(found.unfiltered, wanted.unfiltered);
  assert.deepEqual(found.slice, wanted.slice);
  assert.equal(found.export.rows, wanted.slice.models);
  for (const facet of facets) {
    for (const [key, [measure, models, unfiltered]] of Object.entries(found.facets[facet])) {
      const values = wanted.facets[facet][key] ?? ['0', '0', '0'];
      assert.deepEqual([measure, models, unfiltered], values, `${facet} ${key}`);
    }
    const missing = Object.keys(wanted.facets[facet]).filter(key => !(key in found.facets[facet]));
    assert.deepEqual(missing, [], `values of ${facet} that the engine does not know`);
  }
  assert.deepEqual(sorted(found.over_time), sorted(wanted.overTime));
  compareSizes(found.sizes, wanted.sizes, 'all years');
  for (const [year, stated] of Object.entries(found.sizes_by_year)) {
    compareSizes(stated, wanted.sizesByYear[year] ?? nothing, year);
  }
  const { points, gini } = found.concentration;
  for (const [rank, held] of points) assert.equal(held, wanted.concentration.held[Number(rank) - 1], `held by the ${rank} largest`);
  assert.equal(points.at(-1)?.[0] ?? '0', wanted.slice.models);
  assertClose(gini, wanted.concentration.gini, 'Gini coefficient');
}

function compareSizes(found, wanted, what) {
  for (const key of ['models_known', 'models_unknown', 'weight_known', 'weight_unknown', 'quantiles', 'quantiles_weighted']) {
    assert.deepEqual(found[key], wanted[key], `${key} of ${what}`);
  }
  for (const key of ['mean', 'mean_weighted']) assertClose(found[key], wanted[key], `${key} of ${what}`);
}

function assertClose(found, wanted, what) {
  if (found === null || wanted === null) return assert.equal(found, wanted, what);
  assert.ok(Math.abs(found - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted)), `${what}: ${found}, not ${wanted}`);
}

function sorted(cells) {
  return cells.map(cell => cell.join('\t')).sort();
}
