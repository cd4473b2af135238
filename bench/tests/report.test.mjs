import assert from 'node:assert/strict';
import test from 'node:test';
import { asMarkdown, asTable, growthTable, summary } from '../report.mjs';

const url = name => `http://127.0.0.1:1/bench/${name}`;
const raw = {
  times: {
    step_narrow: { 'hub-atlas': Array(16).fill(0.5), arquero: [50, 100, 150] },
    search: { arquero: Array(15).fill(1234.4) },
  },
  memory: {
    'hub-atlas': { wasm: 3 * 2 ** 20 },
    arquero: { wasm: null },
    page: { bytes: 9 * 2 ** 20, breakdown: [{ bytes: 2 ** 20, of: [url('arquero.js')] }, { bytes: 2 ** 21, of: ['blob:x'] }] },
  },
  left: { perspective: 'it ran out of memory\n at line 1' },
  workloads: [{ name: 'step_narrow', what: 'a filter changes' }, { name: 'search', what: 'a piece of an id' }],
};
const sizes = { raw: 2048, gzip: 1024, brotli: 512 };
const result = {
  models: 3_000_000,
  ...summary(raw, ['hub-atlas', 'stream-limit', 'arquero']),
  bytes: { page: sizes, worker: sizes, importer: sizes, index_html: sizes, manifest: sizes, models_bytes_per_model: 5.5, ids_bytes_per_model: 10.25, peers: { arquero: sizes } },
  machine: { processor: 'A processor', processors: 2, memory_gib: 8, system: 'Linux 6', chromium: '148', node: 'v20' },
  taken_at: '2026-11-25T10:00:00.000Z',
  opening: { localhost: { 'hub-atlas': { first_chart: 300, all_rows: 900, memory: 2 ** 27, runs: 2 } } },
  drop: { file_bytes: 123 * 2 ** 20, ready: 45_678, before: 77 * 2 ** 20, peak: 1234 * 2 ** 20, runs: 1 },
};

test('numbers stand by workload and contestant, as medians, beside runs and ratios', () => {
  assert.deepEqual(result.workloads, { step_narrow: { 'hub-atlas': 0.5, arquero: 100 }, search: { arquero: 1234.4 } });
  assert.deepEqual(result.runs.step_narrow, { 'hub-atlas': 16, arquero: 3 });
  assert.deepEqual(result.ratios, { step_narrow: { 'hub-atlas': 1, arquero: 200 }, search: { arquero: null } });
  assert.equal(result.memory['hub-atlas'].wasm, 3 * 2 ** 20);
  assert.deepEqual(result.memory.counted_by_browser, { arquero: 2 ** 20, perspective: 2 ** 21, all: 9 * 2 ** 20 });
});

for (const [name, text] of [['terminal', asTable(result)], ['document', asMarkdown(result)]]) {
  test(`the tables for a ${name} hold every number, and say what is missing`, () => {
    for (const said of ['3,000,000 models', '2 × A processor', '0.5 / 0.5', '100 / 150 (3 runs)', '200×', '1,234', '5.50', '10.25', '900', '128.0', '123.0', '45,678', '77.0', '1234.0', '–']) {
      assert.ok(text.includes(said), `${said} in\n${text}`);
    }
    assert.match(text, /perspective is left out: it ran out of memory$/m);
    assert.ok(!/undefined|NaN|null/.test(text), text);
  });
}

test('growth is told by workload and size', () => {
  const at = (models, time) => ({ models, workloads: { step_wide: { 'hub-atlas': time } } });
  const table = growthTable([at(1_000_000, 2), at(10_000_000, 20)]);
  assert.match(table, /\| step_wide \| 2 \| 20 \| 1\.00 \|/);
});
