// DuckDB-WASM on Parquet parts as they are. Release 1.28.0 has its Parquet reader built in; it knows no Brotli, so the
// parts are the snapshot's as DuckDB writes them with Zstandard (see `parquet.mjs`).
import { BROWSER_RUNTIME, ConsoleLogger, LogLevel, createDuckDB } from 'duckdb-parquet-blocking';
import { LISTED, admitted } from '../questions.mjs';
import { ROW } from './canonical.mjs';
import { calls, quoted } from './duckdb_sql.mjs';

let database;
let connection;
let facets;

const numbers = ['downloads_30d', 'downloads_all_time', 'likes', 'parameters'];

/** The parts have no columns for year, size and bin: years are cut from months, the others follow from the exact count. */
const COLUMNS = { year: `left(month, 4)`, size: 'parameters', parameters: 'parameters' };

const form = {
  table: 'models',
  named: 'named',
  order: 'downloads_30d DESC, id',
  inOrder: 'ORDER BY downloads_30d DESC, id',
  row: ROW.map(name => (numbers.includes(name) ? `${name}::DOUBLE AS ${name}` : name)).join(', '),
  column: name => COLUMNS[name] ?? name,
  key: name => `${form.column(name)}::VARCHAR`,
  position(name, key) {
    const { keys } = facets[name];
    if (name === 'parameters' || name === 'size') {
      const bin = key === null ? facets.parameters.keys.length - 1 : binOf(Number(key));
      return name === 'size' ? facets.parameters.fold[bin] : bin;
    }
    const at = keys.indexOf(key);
    return at < 0 ? keys.length - 1 : at;
  },
  test(name, clause) {
    const { keys } = facets[name];
    const admits = admitted(clause, keys.length);
    if (name === 'parameters' || name === 'size') return sizeTest(name, admits);
    const listed = keys.filter((_, at) => admits[at] === (clause.none ? 0 : 1));
    const texts = listed.map(key => (name === 'year' && key === 'unknown' ? 'unkn' : key));
    return `${form.column(name)} ${clause.none ? 'NOT IN' : 'IN'} (${texts.map(quoted).join(', ')})`;
  },
};

/** The bin a parameter count falls in: a bin's key is its lower edge. */
function binOf(count) {
  const { edges } = facets.parameters;
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= count) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Ranges of exact counts, joined where they touch. */
function sizeTest(name, admits) {
  const { edges, fold } = facets.parameters;
  const inside = edges.map((_, bin) => admits[name === 'size' ? fold[bin] : bin] === 1);
  const tests = admits.at(-1) ? ['parameters IS NULL'] : [];
  for (let bin = 0; bin < edges.length; bin++) {
    if (!inside[bin] || inside[bin - 1]) continue;
    const after = inside.indexOf(false, bin);
    tests.push(`parameters >= ${edges[bin]}${after < 0 ? '' : ` AND parameters < ${edges[after]}`}`);
  }
  return tests.length ? `(${tests.join(' OR ')})` : 'false';
}

function register(parts) {
  for (const { path, bytes } of parts) database.registerFileBuffer(path, bytes);
  return `read_parquet([${parts.map(({ path }) => quoted(path)).join(', ')}])`;
}

export default {
  name: 'duckdb-wasm-parquet',
  needs: 'parquet',
  async prepare({ wasm, worker }) {
    const bundle = { mainModule: wasm, mainWorker: worker };
    database = await createDuckDB({ mvp: bundle, eh: bundle }, new ConsoleLogger(LogLevel.WARNING), BROWSER_RUNTIME);
    await database.instantiate(() => {});
    database.open({ query: { castBigIntToDouble: true } });
    connection = database.connect();
  },
  load({ models: parts, facets: described }) {
    facets = described;
    facets.parameters.edges = facets.parameters.keys.slice(0, -1).map(Number);
    connection.query(`CREATE VIEW models AS SELECT * FROM ${register(parts)}`);
  },
  loadIds({ parts }) {
    connection.query(`CREATE VIEW named AS SELECT * FROM ${register(parts)}`);
  },
  memory: () => database.mod?.HEAPU8?.byteLength ?? null,
  ...calls(() => connection, () => facets, form),
  search({ needle }) {
    const test = `contains(lower(id), ${quoted(needle.toLowerCase())})`;
    const [{ n }] = connection.query(`SELECT count(*)::INTEGER AS n FROM named WHERE ${test}`).toArray();
    const first = connection.query(`SELECT id FROM named WHERE ${test} ORDER BY downloads_30d DESC, id LIMIT ${LISTED}`).toArray();
    return { count: [n], first: first.map(({ id }) => id) };
  },
};
