// Runs the contestants, each in a worker of its own, one at a time and interleaved, and compares what they answer.
import { requireAgreement } from '../agreement.mjs';
import { workloads } from '../questions.mjs';

/** No workload of a contestant goes on once it has taken this long, if it has run three times, or twice as long. */
const BUDGET_MS = { full: 30_000, quick: 4_000 };
const FEWEST_RUNS = 3;

const state = {};

/** A contestant's worker, asked one thing at a time. */
class Contestant {
  constructor({ name, script }) {
    this.name = name;
    this.worker = new Worker(script, { type: 'module', name });
    this.pending = new Map();
    this.worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.pending.get(data.id);
      this.pending.delete(data.id);
      if (data.error) reject(new Error(data.error));
      else resolve(data);
    };
    this.worker.onerror = event => this.fail(event.message ?? 'its worker did not start');
  }

  fail(message) {
    for (const { reject } of this.pending.values()) reject(new Error(`${this.name}: ${message}`));
    this.pending.clear();
  }

  ask(call, given, verify = false) {
    const id = Math.random();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, call, given, verify });
    });
  }

  end() {
    this.worker.terminate();
  }
}

const log = message => console.log(`bench: ${message}`);

/** Fetches the snapshot, and the same as DuckDB writes it where `parquet` says where, and decodes the first once. */
export async function decode({ snapshot, parquet, wasm, rowsScript, withArrow }) {
  const { manifest, models, ids } = await fetched(snapshot);
  const worker = new Worker(rowsScript, { type: 'module' });
  const decoded = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = event => reject(new Error(event.message));
    worker.postMessage({ wasm, manifest, models, ids, withArrow });
  });
  worker.terminate();
  Object.assign(state, { manifest, models, idParts: ids, parquet: parquet && (await fetched(parquet)), ...decoded });
  return { rows: decoded.rows.count, ids: decoded.ids.lines.length };
}

async function fetched(base) {
  const bytes = async path => new Uint8Array(await (await fetch(`${base}${path}`)).arrayBuffer());
  const manifest = await bytes('manifest.json');
  const { parts } = JSON.parse(new TextDecoder().decode(manifest));
  const take = kind => Promise.all(parts.filter(part => part.kind === kind).map(async ({ path }) => ({ path, bytes: await bytes(path) })));
  return { manifest, models: await take('models'), ids: await take('ids') };
}

/** What each kind of contestant is given to load, analytic columns and ids apart. */
function fed(needs) {
  const { rows, ids, arrow, parquet } = state;
  const described = Object.fromEntries(Object.entries(rows.facets).map(([name, { keys, fold }]) => [name, { keys, fold }]));
  return {
    parts: [{ manifest: state.manifest, models: state.models, facets: described }, { parts: state.idParts }],
    parquet: parquet && [{ models: parquet.models, facets: described }, { parts: parquet.ids }],
    rows: [rows, ids],
    arrow: arrow && [{ arrow: arrow.rows, facets: described, sources: rows.sources.keys }, { arrow: arrow.ids }],
  }[needs];
}

/**
 * Everything but opening the page: loads, agreement, times. `contestants` are `{ name, needs, script, files }`; the
 * first is ours, and the one that all are compared with.
 */
export async function run({ contestants, runs, quick }) {
  const budget = quick ? BUDGET_MS.quick : BUDGET_MS.full;
  const script = workloads(state.rows.facets, needles(), { runs, quick });
  const times = {};
  const note = (workload, name, time) => ((times[workload] ??= {})[name] ??= []).push(time);
  const left = {};
  const ready = [];
  const memory = {};
  for (const contestant of contestants) {
    try {
      ready.push({ ...contestant, ...(await loaded(contestant, runs, budget, note, memory)) });
    } catch (error) {
      if (contestant === contestants[0]) throw error;
      left[contestant.name] = String(error.message);
      log(`${contestant.name} is left out: ${error.message}`);
    }
  }
  memory.page = await pageMemory();
  for (const { live, needs } of ready) if (live.calls.includes('loadIds')) await live.ask('loadIds', fed(needs)[1]);
  for (const workload of script) {
    const able = ready.filter(({ live }) => live.calls.includes(workload.call));
    log(`${workload.name}: ${able.map(({ name }) => name).join(', ')}`);
    if (able[0]?.name === contestants[0].name) await compete(workload, able, budget, note);
    else left[workload.name] = `${contestants[0].name} cannot be asked this`;
  }
  for (const { name, live } of ready) {
    memory[name].export_growth = (await live.ask('exportGrowth')).result;
    live.end();
  }
  return { times, memory, left, workloads: script.map(({ name, what }) => ({ name, what })) };
}

/** Loads a contestant several times, each in a fresh worker, and keeps the last. */
async function loaded({ name, needs, script, files }, runs, budget, note, memory) {
  log(`${name}: loading`);
  const [rows] = fed(needs);
  let spent = 0;
  for (let at = 0; ; at++) {
    const live = new Contestant({ name, script });
    const { time } = await started(live, files, rows);
    note('load', name, time);
    spent += time;
    if (at + 1 >= runs || (at + 1 >= FEWEST_RUNS && spent > budget)) {
      live.calls = (await live.ask('calls')).result;
      memory[name] = { wasm: (await live.ask('memory')).result };
      return { live };
    }
    live.end();
  }
}

/** Fetches a contestant's code and loads the rows; a worker that fails at it goes. */
async function started(live, files, rows) {
  try {
    await live.ask('prepare', files);
    return await live.ask('load', rows);
  } catch (error) {
    live.end();
    throw error;
  }
}

/** One workload: every question to every contestant once, compared, then run by run in turn, compared again. */
async function compete(workload, able, budget, note) {
  const started = performance.now();
  // A first round, untimed: it warms up what is compiled when it is first used, and finds what differs.
  const [first] = workload.runs;
  await round(workload, { ...first, questions: first.questions.slice(0, 2) }, able, true, () => {});
  const meters = new Map(able.map(({ name }) => [name, { spent: 0, answered: 0 }]));
  const mayGoOn = ({ name }) => meters.get(name).spent < (meters.get(name).answered < FEWEST_RUNS ? 2 * budget : budget);
  for (let at = 0; at < workload.runs.length; at++) {
    const inTime = able.filter(mayGoOn);
    const turned = [...inTime.slice(at % inTime.length), ...inTime.slice(0, at % inTime.length)];
    await round(workload, workload.runs[at], turned, false, (contestant, time, starts) => {
      note(starts ? `${workload.name}_start` : workload.name, contestant.name, time);
      const meter = meters.get(contestant.name);
      meter.spent += time;
      meter.answered += starts ? 0 : 1;
      return mayGoOn(contestant);
    });
  }
  log(`${workload.name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** A run of each contestant, one after the other; `timed` says whether a contestant may go on. */
async function round({ name, call }, { before = [], questions }, turned, isFirst, timed) {
  const answers = questions.map(() => []);
  for (const contestant of turned) {
    for (const question of before) {
      const { time } = await contestant.live.ask(call, question);
      if (question.starts) timed(contestant, time, true);
    }
    for (const [at, question] of questions.entries()) {
      // To read an export back takes longer than to write it: that is done in the first round only.
      const { time, result } = await contestant.live.ask(call, question, isFirst || call !== 'export');
      if (result) answers[at].push([contestant.name, result]);
      if (timed(contestant, time, false) === false) break;
    }
  }
  questions.forEach((question, at) => answers[at].length && requireAgreement(name, question, answers[at]));
}

/** Texts to search for: pieces of ids from all over the snapshot, long and short, upper and lower case, and one of none. */
function needles() {
  const { lines } = state.ids;
  const pieces = Array.from({ length: 15 }, (_, at) => {
    const start = lines.indexOf(10, Math.floor((lines.length * (at + 0.5)) / 16)) + 1;
    const id = new TextDecoder().decode(lines.slice(start, lines.indexOf(10, start)));
    const length = Math.min([4, 6, 9, 3, 12][at % 5], id.length);
    const piece = id.slice((id.length - length) >> 1, ((id.length - length) >> 1) + length);
    return at % 2 ? piece.toUpperCase() : piece;
  });
  return [...pieces, 'no id holds this'];
}

/** Bytes of the page and of each worker as the browser counts them, or null where it does not. */
async function pageMemory() {
  if (!performance.measureUserAgentSpecificMemory) return null;
  const { bytes, breakdown } = await performance.measureUserAgentSpecificMemory();
  const counted = breakdown.filter(entry => entry.bytes > 0);
  return { bytes, breakdown: counted.map(({ bytes, types, attribution }) => ({ bytes, types, of: attribution.map(({ url }) => url) })) };
}
