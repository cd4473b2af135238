// DuckDB-WASM at its best: a table with ENUM columns, filled from Arrow.
import { BROWSER_RUNTIME, ConsoleLogger, LogLevel, createDuckDB } from 'duckdb-blocking';
import { LISTED, admitted } from '../questions.mjs';
import { ROW } from './canonical.mjs';
import { calls, quoted } from './duckdb_sql.mjs';

const NUMBERS = 'downloads_30d UINTEGER, downloads_all_time BIGINT, likes UINTEGER, parameters BIGINT';

let database;
let connection;
let facets;

const form = {
  table: 'models',
  named: 'models',
  order: 'rowid',
  inOrder: '',
  row: ROW.map(name => {
    const numbers = { downloads_30d: 1, downloads_all_time: 1, likes: 1, parameters: 1 };
    return name === 'id' ? name : `${name}::${name in numbers ? 'DOUBLE' : 'VARCHAR'} AS ${name}`;
  }).join(', '),
  column: name => (name === 'parameters' ? 'bin' : name),
  key: name => (name === 'parameters' ? 'bin::INTEGER' : `enum_code(${name})::INTEGER`),
  position: (_, key) => key,
  test(name, clause) {
    const { keys } = facets[name];
    const admits = admitted(clause, keys.length);
    if (name === 'parameters') return `bin BETWEEN ${admits.indexOf(1)} AND ${admits.lastIndexOf(1)}`;
    const listed = keys.filter((_, at) => admits[at] === (clause.none ? 0 : 1));
    return `${name} ${clause.none ? 'NOT IN' : 'IN'} (${listed.map(quoted).join(', ')})`;
  },
};

export default {
  name: 'duckdb-wasm-enum',
  needs: 'arrow',
  async prepare({ wasm, worker }) {
    const bundle = { mainModule: wasm, mainWorker: worker };
    database = await createDuckDB({ mvp: bundle, eh: bundle }, new ConsoleLogger(LogLevel.WARNING), BROWSER_RUNTIME);
    await database.instantiate(() => {});
    database.open({ query: { castBigIntToDouble: true } });
    connection = database.connect();
  },
  load({ arrow, facets: described, sources }) {
    facets = described;
    // Columns stand in the order of the Arrow table.
    const dictionaries = Object.entries({ ...facets, parameters_source: { keys: sources } });
    const columns = dictionaries.map(([name, { keys }]) => {
      if (name === 'parameters') return 'bin UTINYINT';
      connection.query(`CREATE TYPE ${name}_value AS ENUM (${keys.map(quoted).join(', ')})`);
      return `${name} ${name}_value`;
    });
    connection.query(`CREATE TABLE models (${columns.join(', ')}, ${NUMBERS})`);
    connection.insertArrowFromIPCStream(arrow, { name: 'models', create: false });
  },
  loadIds({ arrow }) {
    connection.insertArrowFromIPCStream(arrow, { name: 'ids', create: true });
    connection.query('CREATE TABLE named AS SELECT models.*, ids.id, lower(ids.id) AS id_lower FROM models POSITIONAL JOIN ids');
    connection.query('DROP TABLE ids');
    connection.query('DROP TABLE models');
    connection.query('ALTER TABLE named RENAME TO models');
  },
  memory: () => database.mod?.HEAPU8?.byteLength ?? null,
  ...calls(() => connection, () => facets, form),
  search({ needle }) {
    const sql = `SELECT count(*)::INTEGER AS n, arg_min(id, rowid, ${LISTED}) AS first FROM models WHERE contains(id_lower, ${quoted(needle.toLowerCase())})`;
    const [{ n, first }] = connection.query(sql).toArray();
    return { count: [n], first: first ? [...first] : [] };
  },
};
