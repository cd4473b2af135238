// The engine, asked by links as the page asks it.
import { spawn } from 'node:child_process';
import { setting } from './builder.mjs';

/** Opens a snapshot folder and answers every link (what stands after `?`), in order. */
export async function ask(folder, links) {
  const engine = spawn(setting('ATLAS_ASK'), [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = [];
  engine.stdout.on('data', chunk => chunks.push(chunk));
  engine.stdin.on('error', () => {});
  engine.stdin.end(links.map(link => `${link}\n`).join(''));
  const code = await new Promise((resolve, reject) => engine.once('error', reject).once('close', resolve));
  const answers = Buffer.concat(chunks).toString('utf8').split('\n').filter(line => line).map(line => JSON.parse(line));
  if (code !== 0 || answers.length !== links.length) {
    throw new Error(`the engine answered ${answers.length} of ${links.length} questions and left with ${code}`);
  }
  return answers;
}
