import assert from 'node:assert/strict';
import test from 'node:test';
import { admitted, link, workloads } from '../questions.mjs';

const keys = {
  region: ['china', 'us', 'europe', 'other'],
  country: ['US', 'CN'],
  organisation_type: ['industry', 'individual'],
  organisation: ['A, B & C', 'D'],
  size: ['lt100m', '100m-500m', '500m-1b', '1b-5b', '5b-10b'],
  parameters: Array.from({ length: 60 }, (_, at) => `${at * 100}`),
  year: ['2022', '2023', '2024', '2025', '2026'],
  month: Array.from({ length: 54 }, (_, at) => `20${22 + Math.floor(at / 12)}-${at % 12}`),
  task: ['text-generation'],
  library: ['transformers'],
  licence: ['mit'],
  relation: ['base', 'finetune', 'adapter', 'quantized', 'merge'],
  origin: ['own'],
};
const facets = Object.fromEntries(Object.entries(keys).map(([name, known]) => [name, { keys: [...known, 'unknown'] }]));
const script = workloads(facets, ['llama'], { runs: 16, quick: false });
const step = name => script.find(workload => workload.name === name).runs.flatMap(({ before = [], questions }) => [...before, ...questions]);

test('a clause admits the values it names, and a range never what is unknown', () => {
  assert.deepEqual([...admitted({ some: [1] }, 3)], [0, 1, 0]);
  assert.deepEqual([...admitted({ none: [1] }, 3)], [1, 0, 1]);
  assert.deepEqual([...admitted({ range: [1, 9] }, 4)], [0, 1, 1, 0]);
});

test('a question is the link that the page would have', () => {
  const clauses = { region: { some: [0, 1] }, organisation: { none: [0] }, month: { range: [0, 1] }, parameters: { range: [2, 4] } };
  assert.equal(
    link({ clauses, split: 'size' }, facets),
    'region=china,us&organisation=!A%2C%20B%20%26%20C&month=2022-0..2022-1&parameters=200..500&split=size',
  );
  assert.equal(link({ clauses: { parameters: { range: [58, 59] } }, split: 'region' }, facets), 'parameters=5800..&split=region');
});

for (const name of ['step_narrow', 'step_wide']) {
  test(`${name} asks 15 different questions or more, each of which changes one facet, not always the same`, () => {
    const questions = step(name);
    const texts = questions.slice(1).map(question => JSON.stringify(question.clauses));
    const changed = questions.slice(1).map((question, at) => {
      const [one, other] = [questions[at].clauses, question.clauses];
      return Object.keys({ ...one, ...other }).filter(facet => JSON.stringify(one[facet]) !== JSON.stringify(other[facet]));
    });
    assert.ok(changed.every(list => list.length === 1), JSON.stringify(changed));
    assert.ok(new Set(changed.flat()).size >= 4);
    assert.ok(texts.length >= 15);
    assert.ok(texts.every((text, at) => text !== texts[at - 1]));
  });
}

test('a drag moves its ends by one value a frame and stays among the known values', () => {
  for (const [name, facet] of [['brush_size', 'parameters'], ['brush_month', 'month']]) {
    for (const { questions } of script.find(workload => workload.name === name).runs) {
      const ranges = questions.map(({ clauses }) => clauses[facet].range);
      assert.ok(ranges.every(([from, to]) => from >= 0 && from <= to && to < facets[facet].keys.length - 1));
      assert.ok(ranges.slice(1).every(([from, to], at) => Math.abs(from - ranges[at][0]) <= 1 && Math.abs(to - ranges[at][1]) === 1));
    }
  }
});
