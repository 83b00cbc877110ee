// The process that has a token's module in it: questions on standard input, answers on descriptor 3, so that what a
// module prints is never taken for an answer. Ends with its input: no token stays logged in after the server.
// Started by token-process.ts; importing this file does nothing.
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { limits } from '../../../kit/limits.ts';
import { FrameReader, formatFrame } from './frame.ts';
import { openModule } from './module.ts';
import { createToken } from './token.ts';

const ANSWERS = 3;

/** Answers until the input ends. */
export async function serveToken(input: Readable): Promise<void> {
  using token = createToken(openModule);
  const frames = new FrameReader(limits.keyFrameBytes);
  for await (const chunk of input)
    for (const question of frames.push(chunk as Uint8Array))
      writeWhole(formatFrame(await token.answer(question)));
}

function writeWhole(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(ANSWERS, bytes, at);
}
