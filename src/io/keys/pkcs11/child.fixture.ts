// The token's process for tests, with a module that Node plays: run as a program, with the key in the environment and
// what is to go wrong in its arguments.
import { appendFileSync, existsSync, writeFileSync, writeSync } from 'node:fs';
import { limits } from '../../../kit/limits.ts';
import { createFakeModule, readFakeKey } from './cryptoki.fixture.ts';
import { FrameReader, formatFrame } from './frame.ts';
import { createToken } from './token.ts';

const [, , mischief = 'none', marker = ''] = process.argv;
const privateKey = readFakeKey(process.env.FAKE_KEY ?? '');
// With a PIN that somebody changes after the first process began.
const pin = mischief === 'pin-changed' && existsSync(marker) ? '5678' : '1234';
const token = createToken(async () =>
  createFakeModule([{ label: 'fake', pin, keys: [{ label: 'signing', privateKey }] }]),
);
const frames = new FrameReader(limits.keyFrameBytes);

/** True once for all processes that have this marker. */
function isFirst(): boolean {
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
}

for await (const chunk of process.stdin)
  for (const question of frames.push(chunk as Uint8Array)) {
    const { kind } = question as { kind: string };
    if (mischief === 'count' || mischief === 'pin-changed') appendFileSync(marker, `${kind}\n`);
    if ((mischief === 'crash' || mischief === 'pin-changed') && kind === 'sign')
      process.kill(process.pid, 'SIGSEGV');
    if (mischief === 'crash-once' && kind === 'sign' && isFirst()) process.kill(process.pid, 'SIGSEGV');
    if (mischief === 'noise') writeSync(3, 'a debugging line of the module');
    if (mischief === 'twice') writeSync(3, formatFrame({ kind: 'signed', signature: '' }));
    if (mischief === 'forge' && kind === 'sign') {
      writeSync(3, formatFrame({ kind: 'signed', signature: Buffer.alloc(64, 1).toString('base64') }));
      continue;
    }
    if (mischief === 'tell' && kind === 'sign') {
      const message = `C_Sign: the PIN 1234 was ${JSON.stringify(process.argv)}`;
      writeSync(3, formatFrame({ kind: 'trouble', trouble: 'failed', message }));
      continue;
    }
    writeSync(3, formatFrame(await token.answer(question)));
  }

if (mischief === 'end') appendFileSync(marker, 'ended\n');
