// The questions every contestant answers, in the order it answers them.
//
// A question is `{ clauses, split }`: at most one clause a facet, each `{ some: [..] }`, `{ none: [..] }` or
// `{ range: [first, last] }` of positions in the facet's values; `split` is the facet that the measure by year is split
// by. In a step, two questions in a row differ in one facet, and the facet changes from step to step, so that nobody can
// answer from the question before.

/** The measure everything adds up. */
export const MEASURE = 'downloads_30d';

/** The shares, in per cent, at which quantiles are taken. */
export const QUANTILES = [10, 25, 50, 75, 90];

/** How many rows a list and a search show. */
export const LISTED = 50;

/** Which values of a facet a clause admits, by position. A range never admits the last value, `unknown`. */
export function admitted(clause, values) {
  if (clause.range) {
    const [first, last] = clause.range;
    return Uint8Array.from({ length: values }, (_, at) => Number(at >= first && at <= last && at < values - 1));
  }
  const named = new Set(clause.some ?? clause.none);
  return Uint8Array.from({ length: values }, (_, at) => Number(named.has(at) === Boolean(clause.some)));
}

/** A question as the part of the page's address after `?`. */
export function link({ clauses, split }, facets) {
  const pairs = Object.entries(clauses).map(([name, clause]) => `${name}=${clauseText(name, clause, facets[name].keys)}`);
  return [...pairs, `split=${split}`].join('&');
}

function clauseText(name, clause, keys) {
  const text = at => encodeURIComponent(keys[at]).replaceAll('!', '%21');
  if (!clause.range) return `${clause.none ? '!' : ''}${(clause.some ?? clause.none).map(text).join(',')}`;
  const [first, last] = clause.range;
  if (name !== 'parameters') return `${text(first)}..${text(last)}`;
  // A bin's key is its lower edge, and a range of parameters ends below its upper end.
  const end = last + 1 < keys.length - 1 ? text(last + 1) : '';
  return `${text(first)}..${end}`;
}

/** All workloads: `{ name, what, call, runs }`, a run being `{ before, questions }`: asked untimed, asked one by one. */
export function workloads(facets, needles, { runs, quick }) {
  const chosen = words(facets);
  const narrow = walk(NARROW_START, NARROW_STEPS, chosen);
  const wide = walk({}, WIDE_STEPS, chosen);
  const mixed = narrow.slice(1).flatMap((question, at) => [question, wide[1 + (at % (wide.length - 1))]]);
  const frames = quick ? 8 : 24;
  const single = questions => questions.slice(0, runs).map(question => ({ questions: [question] }));
  return [
    {
      name: 'step_narrow',
      what: 'one of three or four filters changes; every facet counted under the others, and the measure by year × region',
      call: 'step',
      runs: steps(narrow, runs),
    },
    {
      name: 'step_wide',
      what: 'the same with no filter or one or two that leave most rows in',
      call: 'step',
      runs: steps(wide, runs),
    },
    {
      name: 'brush_size',
      what: 'one frame of a drag over the bins of size',
      call: 'frame',
      runs: drags('parameters', walk({}, [['year', 'range 2024 2026']], chosen)[1], facets, frames, 16),
    },
    {
      name: 'brush_month',
      what: 'one frame of a drag over the months',
      call: 'frame',
      runs: drags('month', walk({}, [['region', 'none unknown']], chosen)[1], facets, frames, 12),
    },
    {
      name: 'pivot_year_region',
      what: 'the measure by year × region where another split was shown before, three or four filters on',
      call: 'pivot',
      runs: narrow.slice(1, runs + 1).map((question, at) => ({
        before: [{ ...question, split: ['task', 'relation', 'licence'][at % 3] }],
        questions: [question],
      })),
    },
    {
      name: 'quantiles_by_year',
      what: 'median and four more quantiles of the parameters by year, plain and weighted by downloads, narrow and wide in turn; ours tells Gini and top shares besides',
      call: 'sizes',
      runs: single(mixed),
    },
    {
      name: 'top_50',
      what: 'the 50 rows with most downloads, spelled out with their ids',
      call: 'top',
      runs: single(mixed.map(question => ({ ...question, sort: 'downloads_30d' }))),
    },
    {
      name: 'top_50_by_likes',
      what: 'the same by likes',
      call: 'top',
      runs: single(mixed.map(question => ({ ...question, sort: 'likes' }))),
    },
    {
      name: 'search',
      what: 'a piece of an id, upper or lower case: how many ids hold it, and the first 50',
      call: 'search',
      runs: Array.from({ length: runs }, (_, at) => ({ questions: [{ needle: needles[at % needles.length] }] })),
    },
    {
      name: 'export_json',
      what: 'every row of the region us as JSON, every column and the id',
      call: 'export',
      runs: Array.from({ length: runs }, () => ({ questions: [walk({ region: 'some us' }, [], chosen)[0]] })),
    },
  ];
}

const NARROW_START = { region: 'some us', size: 'some 1b-5b', year: 'range 2024 2025' };
const NARROW_STEPS = [
  ['region', 'some china'],
  ['size', 'some 5b-10b'],
  ['year', 'some 2025'],
  ['region', 'some europe other'],
  ['size', 'some 500m-1b 1b-5b'],
  ['year', 'range 2024 2026'],
  ['region', 'some us'],
  ['size', 'some lt100m'],
  ['relation', 'some finetune'],
  ['region', 'some china'],
  ['relation', 'some quantized adapter'],
  ['size', 'some 5b-10b'],
  ['year', 'range 2025 2026'],
  ['relation', null],
  ['region', 'some us china'],
  ['task', 'some #0'],
  ['size', 'some unknown'],
  ['region', 'some unknown'],
];

const WIDE_STEPS = [
  ['task', 'none unknown'],
  ['task', null],
  ['region', 'some unknown'],
  ['region', 'none unknown'],
  ['region', null],
  ['year', 'range 2025 2026'],
  ['size', 'none unknown'],
  ['year', null],
  ['library', 'none #0'],
  ['size', null],
  ['library', null],
  ['relation', 'none base'],
  ['licence', 'none unknown'],
  ['relation', null],
  ['licence', null],
  ['organisation_type', 'none individual'],
  ['organisation_type', null],
  ['month', 'range #12 #50'],
];

/** Reads a clause such as `some us china` or `range #12 #50`: keys of values, or positions. */
function words(facets) {
  return (facet, text) => {
    const [how, ...named] = text.split(' ');
    const { keys } = facets[facet];
    const positions = named.map(word => {
      const at = word.startsWith('#') ? Math.min(Number(word.slice(1)), keys.length - 1) : keys.indexOf(word);
      if (at < 0) throw new Error(`the snapshot has no ${facet} ${word}: give more models`);
      return at;
    });
    return { [how]: positions };
  };
}

function walk(start, changes, chosen) {
  let clauses = Object.fromEntries(Object.entries(start).map(([facet, text]) => [facet, chosen(facet, text)]));
  const questions = [{ clauses, split: 'region' }];
  for (const [facet, text] of changes) {
    const { [facet]: _, ...others } = clauses;
    clauses = text === null ? others : { ...others, [facet]: chosen(facet, text) };
    questions.push({ clauses, split: 'region' });
  }
  return questions;
}

/** The first run is asked the question before it untimed; the others follow one another. */
function steps(questions, runs) {
  const asked = questions.slice(1, runs + 1).map(question => ({ questions: [question] }));
  return asked.map((run, at) => (at === 0 ? { before: [questions[0]], ...run } : run));
}

/** Three drags, right, left and growing, each begun anew. */
function drags(facet, { clauses, split }, facets, frames, width) {
  const last = facets[facet].keys.length - 2;
  const begin = Math.max(Math.floor((last - width - frames) / 2), 0);
  const frame = (from, to) => ({
    clauses: { ...clauses, [facet]: { range: [Math.min(from, last), Math.min(to, last)] } },
    split,
    drag: facet,
  });
  const right = Array.from({ length: frames }, (_, at) => frame(begin + at, begin + at + width));
  const growing = Array.from({ length: frames }, (_, at) => frame(begin, begin + at));
  return [right, [...right].reverse(), growing].map(questions => ({
    before: [{ ...questions[0], starts: true }],
    questions,
  }));
}
