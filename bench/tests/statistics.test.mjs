import assert from 'node:assert/strict';
import test from 'node:test';
import { growth, median, p95, ratio } from '../statistics.mjs';

test('the median lies in the middle, whatever the order', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([10, 9, 100]), 10);
  assert.ok(Number.isNaN(median([])));
});

test('95 of 100 values do not exceed the 95th percentile', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  assert.equal(p95(values), 95);
  assert.equal(p95([5]), 5);
  assert.equal(p95([1, 2, 30]), 30);
  assert.ok(Number.isNaN(p95([])));
});

test('a contestant that was stopped early is compared on the questions it answered', () => {
  assert.equal(ratio([10, 10, 10], [1, 1, 1, 50, 50, 50, 50]), 10);
  assert.equal(ratio([4], [2]), 2);
});

test('time that grows as the rows do grows with their first power', () => {
  assert.equal(growth([1000, 3], [10_000, 30]), 1);
  assert.equal(growth([1000, 3], [10_000, 3]), 0);
});
