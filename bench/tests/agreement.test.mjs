import assert from 'node:assert/strict';
import test from 'node:test';
import { difference, requireAgreement } from '../agreement.mjs';

const result = () => ({ region: Float64Array.of(1, 2, 3), rows: ['a|1', 'b|2'], median: [NaN, 7] });

test('equal results agree, in whatever kind of list they stand', () => {
  assert.equal(difference(result(), { ...result(), region: [1, 2, 3] }), null);
  assert.equal(difference({ cells: [0] }, { cells: [-0] }), null);
});

for (const [what, planted] of [
  ['a total', { region: Float64Array.of(1, 2, 4) }],
  ['a row', { rows: ['a|1', 'c|2'] }],
  ['an unknown median', { median: [0, 7] }],
  ['a list that is shorter', { region: Float64Array.of(1, 2) }],
  ['a list that is missing', { region: undefined }],
]) {
  test(`${what} that differs is found and named`, () => {
    const [name] = Object.keys(planted);
    assert.match(difference(result(), { ...result(), ...planted }), new RegExp(name));
    const results = [['ours', result()], ['theirs', result()], ['another', { ...result(), ...planted }]];
    assert.throws(() => requireAgreement('step', {}, results), new RegExp(`ours and another disagree in step: ${name}`));
  });
}
