// A process that opens connections and keeps them, for crowd-idle.test.ts: of each four, two ask once and stay, one says
// nothing, one stops in the middle of a head. Says how many are open, and stays until it is ended.
import { connect } from 'node:net';

const [port = '', count = ''] = process.argv.slice(2);
/** Connections that are opened at once: fewer than a listening socket keeps waiting. */
const AT_ONCE = 64;

function open(at: number): Promise<void> {
  const ask = 'GET /v2/crowd/idle/manifests/1 HTTP/1.1\r\nHost: x\r\n';
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', reject);
    socket.once('connect', () => {
      if (at % 4 === 2) resolve();
      else socket.write(at % 4 === 3 ? ask : `${ask}\r\n`, () => at % 4 === 3 && resolve());
    });
    socket.once('data', () => resolve());
  });
}

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let at = next++; at < Number(count); at = next++) await open(at);
  }),
);
process.send?.(Number(count));
