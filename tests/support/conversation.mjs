// What the page and its engine say to each other, as postcard tells it: the first byte is the place of the message among
// its kind (crates/protocol/src/message.rs).

const requests = ['open', 'ask', 'prepare'];
const events = ['ready', 'opened', 'progressed', 'answered', 'measured'];

/** Runs before the page: notes every message, and holds back what the engine says of a kind while `holding` names it. */
function listen({ requests, events }) {
  const said = [];
  const held = [];
  let holding = null;
  const Modern = globalThis.Worker;
  globalThis.Worker = class Worker extends Modern {
    postMessage(message, ...rest) {
      said.push({ from: 'page', kind: requests[message[0]] ?? 'other' });
      super.postMessage(message, ...rest);
    }

    set onmessage(listener) {
      super.onmessage = event => {
        const kind = events[event.data[0][0]] ?? 'other';
        if (kind === holding) return void held.push(() => listener(event));
        said.push({ from: 'engine', kind });
        listener(event);
      };
    }
  };
  globalThis.conversation = {
    said,
    hold(kind) {
      holding = kind;
      if (kind === null) for (const say of held.splice(0)) say();
    },
  };
}

/** For `begin` of a visit: the page's conversation can be read and held back from then on. */
export const listenIn = page => page.addInitScript(listen, { requests, events });

/** Holds back what the engine says of a kind, such as `measured`; `null` lets all of it through. */
export const holdBack = (page, kind) => page.evaluate(kind => globalThis.conversation.hold(kind), kind);

/** Every message since the last call, in order. */
export const overhear = page => page.evaluate(() => globalThis.conversation.said.splice(0));
