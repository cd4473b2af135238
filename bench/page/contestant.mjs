// A contestant in its worker: loads, answers, and says how long each took.
//
// A peer is `{ name, needs, prepare(), load(data), loadIds(data), <call>(question), canonical: { <call>(result, question) } }`.
// `prepare` fetches code and is not timed; `load` is. `memory` tells the bytes of its WebAssembly memory, and `exportGrowth`
// by how much that grows while an export of everything is written and let go. A call that a peer cannot answer is absent. `canonical` turns its
// result into the form that `agreement.mjs` compares, untimed.

/** Answers the coordinator's messages for as long as the worker lives. */
export function serve(peer) {
  self.onmessage = async ({ data: { id, call, given, verify } }) => {
    try {
      self.postMessage({ id, ...(await answer(peer, call, given, verify)) });
    } catch (error) {
      self.postMessage({ id, error: `${peer.name}: ${error?.stack ?? error}` });
    }
  };
}

async function answer(peer, call, given, verify) {
  if (call === 'calls') return { result: Object.keys(peer).filter(name => typeof peer[name] === 'function') };
  if (call === 'memory' || call === 'exportGrowth') return { result: (await peer[call]?.()) ?? null };
  const start = performance.now();
  let result = peer[call](given);
  // A promise costs a turn of the event loop, so what is at hand at once is not awaited.
  if (result instanceof Promise) result = await result;
  const time = performance.now() - start;
  if (!verify) return { time };
  const canonical = peer.canonical[call] ?? peer.canonical.step;
  return { time, result: await canonical(result, given) };
}
