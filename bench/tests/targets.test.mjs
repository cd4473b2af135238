import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTables } from '../document.mjs';
import { TARGETS, targetsTable } from '../targets.mjs';

/** A result in which only what a test is about was measured. */
const result = given => ({ ratios: {}, workloads: {}, memory: {}, bytes: { page: {}, worker: {}, importer: {} }, ...given });

test('an aim is reached at its very bound and missed beyond it', () => {
  const ratios = { step_narrow: { 'duckdb-wasm-enum': 40, crossfilter2: 99.9, 'stream-limit': 0.2 } };
  const workloads = { brush_size: { 'hub-atlas': 1 }, search: { 'hub-atlas': 50.1 } };
  const [, ...rows] = targetsTable(result({ ratios, workloads }));
  assert.deepEqual(
    rows.map(([what, , , reached]) => [what, reached]),
    [
      ['`step_narrow`: times as fast as duckdb-wasm-enum', 'yes'],
      ['`step_narrow`: times as fast as crossfilter2', '**no**'],
      ['`step_narrow`: times as fast as stream-limit', 'yes'],
      ['`brush_size`, ms', 'yes'],
      ['`search`, ms', '**no**'],
    ],
  );
});

test('bytes and memory are told in the units of the aim, and memory is that of the engine and the larger of the two lines’', () => {
  const opening = { near: { 'hub-atlas': { memory: 2 ** 20 } }, far: { 'hub-atlas': { memory: 3 * 2 ** 20 } } };
  const bytes = { page: { brotli: 204800 }, worker: { brotli: 1048577 }, importer: { brotli: 1048576 }, models_bytes_per_model: 4.98, ids_bytes_per_model: 11.2 };
  const memory = { 'hub-atlas': { wasm: 5 * 2 ** 20 } };
  const [, ...rows] = targetsTable(result({ opening, bytes, memory, drop: { peak: 2 ** 30 } }));
  assert.deepEqual(
    rows.map(([, , found, reached]) => [found, reached]),
    [['8', 'yes'], ['1,024', 'yes'], ['200', 'yes'], ['1,024', 'yes'], ['1,024', '**no**'], ['5', 'yes'], ['11', '**no**']],
  );
});

test('what was not measured is not judged, and every aim has one bound', () => {
  assert.deepEqual(targetsTable(result({})).length, 1);
  for (const { least, most } of TARGETS) assert.equal(Number(least === undefined) + Number(most === undefined), 1);
});

test('a document keeps its words around the tables, and other tables than those that are new', () => {
  const mark = name => [`<!-- ${name}: written by cargo xtask bench -->`, `<!-- end of ${name} -->`];
  const [measured, endMeasured] = mark('measured');
  const [scale, endScale] = mark('scale');
  const before = `# Words\n\n${measured}\nold\n${endMeasured}\n\nmore\n\n${scale}\n\nkept\n\n${endScale}\n`;
  const after = withTables(before, 'measured', '| new |\n');
  assert.equal(after, `# Words\n\n${measured}\n\n| new |\n\n${endMeasured}\n\nmore\n\n${scale}\n\nkept\n\n${endScale}\n`);
  assert.equal(withTables(after, 'measured', '| new |'), after);
  assert.equal(withTables('whatever\n', 'measured', '| new |'), '| new |\n');
});
