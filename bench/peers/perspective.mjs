// Perspective: a table in its own worker, and a view for each facet of a step, which is the only way it counts.
//
// Its median is another one than the others' where a year has an even number of models, and its views list and write
// a table without ids, so it takes no part in those workloads.
import perspective from '@perspective-dev/client/inline';
import { MEASURE, LISTED, admitted } from '../questions.mjs';
import { zeros } from './canonical.mjs';

let client;
let models;
let ids;
let facets;

const column = name => (name === 'parameters' ? 'bin' : name);

function filters({ clauses }, without = null) {
  return Object.entries(clauses)
    .filter(([name]) => name !== without)
    .flatMap(([name, clause]) => {
      const { keys } = facets[name];
      const admits = admitted(clause, keys.length);
      if (name === 'parameters') return [['bin', '>=', admits.indexOf(1)], ['bin', '<=', admits.lastIndexOf(1)]];
      const listed = keys.filter((_, at) => admits[at] === (clause.none ? 0 : 1));
      return [[name, clause.none ? 'not in' : 'in', listed]];
    });
}

async function totals(groups, filter) {
  const config = { group_by: groups.map(column), columns: [MEASURE, 'likes'], aggregates: { [MEASURE]: 'sum', likes: 'count' }, filter };
  const view = await models.view(config);
  const found = await view.to_columns();
  await view.delete();
  return found;
}

async function step(question) {
  const found = {};
  for (const name of Object.keys(facets)) found[name] = await totals([name], filters(question, name));
  return { facets: found, cells: await pivot(question) };
}

const pivot = question => totals(['year', question.split], filters(question));

const position = (name, key) => (name === 'parameters' ? key : facets[name].keys.indexOf(key));

export default {
  name: 'perspective',
  needs: 'arrow',
  async prepare() {
    // It looks whether the page has its viewer; a worker has no such thing as elements.
    self.customElements ??= { get: () => undefined };
    client = await perspective.worker();
  },
  async load({ arrow, facets: described }) {
    facets = described;
    models = await client.table(arrow.slice().buffer);
  },
  async loadIds({ arrow }) {
    ids = await client.table(arrow.slice().buffer);
  },
  step,
  frame: step,
  pivot,
  async search({ needle }) {
    const view = await ids.view({ columns: ['id'], filter: [['id', 'contains', needle]] });
    const count = await view.num_rows();
    const { id } = await view.to_columns({ start_row: 0, end_row: LISTED });
    await view.delete();
    return { count: [count], first: id };
  },
  canonical: {
    step(found, { split }) {
      const out = {};
      for (const [name, columns] of Object.entries(found.facets)) {
        out[name] = zeros(facets[name]);
        out[`${name} models`] = zeros(facets[name]);
        columns.__ROW_PATH__.forEach((path, at) => {
          if (path.length !== 1) return;
          out[name][position(name, path[0])] = columns[MEASURE][at];
          out[`${name} models`][position(name, path[0])] = columns.likes[at];
        });
      }
      return { ...out, cells: cellsOf(found.cells, split) };
    },
    pivot: (found, { split }) => ({ cells: cellsOf(found, split) }),
    search: found => found,
  },
};

function cellsOf(columns, split) {
  const values = facets[split].keys.length;
  const out = new Float64Array(facets.year.keys.length * values);
  columns.__ROW_PATH__.forEach((path, at) => {
    if (path.length === 2) out[position('year', path[0]) * values + position(split, path[1])] = columns[MEASURE][at];
  });
  return out;
}
