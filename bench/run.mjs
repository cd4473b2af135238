// `node bench/run.mjs CONFIG`: what `cargo xtask bench` calls once everything is built. CONFIG is its JSON.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CONTESTANTS, bundle } from './bundle.mjs';
import { transferred } from './bytes.mjs';
import { withTables } from './document.mjs';
import { drops } from './drop.mjs';
import { machine } from './machine.mjs';
import { openings } from './opening.mjs';
import { writeParquet } from './parquet.mjs';
import { asMarkdown, asTable, growthTable, summary } from './report.mjs';
import { startHost } from './serve.mjs';

const OURS = ['hub-atlas', 'stream-limit'];

/** Memory is counted when asked for instead of when it suits; root cannot use Chromium's sandbox, and all pages are ours. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-blink-features=ForceEagerMeasureMemory'];

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const everyone = CONTESTANTS.map(({ name }) => name);
const named = config.scale ? OURS : ['hub-atlas', ...(config.only ?? everyone)];
const unknown = named.find(name => !everyone.includes(name));
if (unknown) throw new Error(`there is no contestant ${unknown}; they are ${everyone.join(', ')}`);
const scripts = join(config.cache, 'scripts');
const cache = join(config.cache, 'compressed');
await bundle(scripts, config.probe);
const browser = await chromium.launch({ executablePath: config.chromium, args: FLAGS });
try {
  await main();
} finally {
  await browser.close();
}

async function main() {
  const found = [];
  for (const snapshot of config.snapshots) found.push(await compete(snapshot));
  if (config.scale) {
    console.log(`\n${growthTable(found)}`);
    return writeTables('scale', growthTable(found)), write(config.json, JSON.stringify({ scale: found }, null, 2));
  }
  const [result] = found;
  console.log(`\n${asTable(result)}`);
  writeTables('measured', asMarkdown(result));
  write(config.json, `${JSON.stringify(result, null, 2)}\n`);
}

function write(path, text) {
  if (path) writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`);
}

/** Into a document that has a place for them, without touching the rest of it. */
function writeTables(name, tables) {
  if (!config.markdown) return;
  const before = existsSync(config.markdown) ? readFileSync(config.markdown, 'utf8') : '';
  write(config.markdown, withTables(before, name, tables));
}

/** All there is to say of one snapshot. */
async function compete({ models, folder, hub_file: hubFile }) {
  const chosen = CONTESTANTS.filter(({ name }) => named.includes(name));
  const contestants = chosen.map(({ name, needs, files }) => ({
    name,
    needs,
    script: `/bench/${name}.js`,
    files: Object.fromEntries(Object.entries(files).map(([kind, file]) => [kind, `/bench/${file}`])),
  }));
  const withParquet = chosen.some(({ needs }) => needs === 'parquet');
  const parquet = `${folder}-parquet`;
  if (withParquet) await writeParquet(folder, parquet);
  const host = await startHost({ mounts: { '/bench/': scripts, '/snapshot/': folder, '/parquet/': parquet }, cache, compress: false });
  const raw = await measure(`${host.address}/bench/`, contestants, withParquet);
  await host.stop();
  const result = {
    models,
    ...summary(raw, contestants.map(({ name }) => name)),
    bytes: transferred({ dist: config.dist, snapshot: folder, parquet: withParquet ? parquet : null, scripts, cache, contestants: chosen }),
    machine: machine(browser.version()),
    taken_at: new Date().toISOString(),
  };
  if (!config.scale) {
    console.log('bench: opening the page');
    const shared = { browser, dist: config.dist, snapshot: folder, scripts, cache, runs: config.quick ? 2 : 5 };
    result.opening = await openings({ ...shared, parquet: withParquet ? parquet : null });
    console.log('bench: dropping a file of the whole Hub onto the page');
    result.drop = await drops({ browser, dist: config.dist, hubFile, models, cache, runs: config.quick ? 1 : 3 });
  }
  return result;
}

/** Runs the coordinator in a page of its own and hands back what it measured. */
async function measure(address, contestants, withParquet) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on('console', message => {
    const text = message.text();
    if (text.startsWith('bench: ')) console.log(text);
    else if (message.type() === 'error') console.error(text);
  });
  page.on('crash', () => console.error('bench: the page ran out of memory'));
  await page.goto(address);
  await page.waitForFunction(() => window.bench);
  page.setDefaultTimeout(0);
  const withArrow = contestants.some(({ needs }) => needs === 'arrow');
  const decoded = await page.evaluate(given => window.bench.decode(given), {
    snapshot: '/snapshot/',
    parquet: withParquet ? '/parquet/' : null,
    wasm: '/bench/probe_bg.wasm',
    rowsScript: '/bench/rows.js',
    withArrow,
  });
  console.log(`bench: ${decoded.rows} rows are ready for everybody`);
  const raw = await page.evaluate(given => window.bench.run(given), { contestants, runs: config.quick ? 5 : 16, quick: config.quick });
  await context.close();
  return raw;
}
