// DuckDB-WASM opening the same snapshot as the page does: its head first, then all of it, each time with the sums that
// the first chart of Hub Atlas shows.
import { AsyncDuckDB, ConsoleLogger, LogLevel } from 'duckdb-parquet-async';

const SUMS = 'left(month, 4) AS year, region, sum(downloads_30d)::DOUBLE AS measure';

/** Downloads and instantiates the database while the parts are on their way. */
async function open() {
  const folder = new URLSearchParams(location.search).get('parquet');
  const fetched = async path => new Uint8Array(await (await fetch(`${folder}${path}`)).arrayBuffer());
  const started = start();
  const manifest = JSON.parse(new TextDecoder().decode(await fetched('manifest.json')));
  const paths = manifest.parts.filter(({ kind }) => kind === 'models').map(({ path }) => path);
  // One after the other, as our worker fetches them: the head must not share the line with the rest.
  const head = await fetched(paths[0]);
  const rest = (async () => {
    const parts = [];
    for (const path of paths.slice(1)) parts.push(await fetched(path));
    return parts;
  })();
  const { database, connection } = await started;
  await database.registerFileBuffer(paths[0], head);
  await show(connection, paths.slice(0, 1));
  mark('first');
  for (const [at, bytes] of (await rest).entries()) await database.registerFileBuffer(paths[at + 1], bytes);
  await show(connection, paths);
  mark('all');
}

async function start() {
  const database = new AsyncDuckDB(new ConsoleLogger(LogLevel.WARNING), new Worker('duckdb-parquet-eh.worker.js'));
  await database.instantiate(new URL('duckdb-parquet-eh.wasm', location.href).href);
  return { database, connection: await database.connect() };
}

async function show(connection, paths) {
  const files = paths.map(path => `'${path}'`).join(', ');
  const table = await connection.query(`SELECT ${SUMS} FROM read_parquet([${files}]) GROUP BY ALL ORDER BY ALL`);
  const rows = table.toArray().map(({ year, region, measure }) => `<tr><td>${year}<td>${region}<td>${measure}`);
  document.getElementById('shown').innerHTML = rows.join('');
  await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
}

function mark(name) {
  (window.opened ??= {})[name] = performance.now();
}

open().catch(error => {
  window.opened = { error: String(error?.stack ?? error) };
});
