// Starts the engine in a worker. Its program, and what it asks for first (the snapshot's manifest and the first models
// part), are on their way at once; `early` holds those answers by their addresses, each for one use.
const early = new Map();
self.early = early;

function begin(address, options) {
  const answer = fetch(address, options);
  // Whoever takes it up hears of a failure; one that nobody takes up is none.
  answer.catch(() => {});
  early.set(address, answer);
  return answer;
}

async function beginSnapshot(manifest) {
  const answer = await begin(manifest, { cache: 'no-cache' });
  const { parts } = await answer.clone().json();
  const head = parts.find(part => part.kind !== 'ids');
  if (head) begin(new URL(head.path, manifest).href);
}

const program = fetch(new URL('./atlas-worker_bg.wasm', import.meta.url));
program.catch(() => {});
// The page names its worker after the manifest. What is wrong with a snapshot, the engine says.
if (self.name) beginSnapshot(self.name).catch(() => {});

const { default: start } = await import('./atlas-worker.js');
await start({ module_or_path: program });
