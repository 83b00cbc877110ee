// A log's tree head as the text of a note (C2SP tlog-checkpoint): origin, size, root, one line each. Extension
// lines are taken and left aside; none are written.
import { cryptoErrors } from './errors.ts';
import { hashBytes } from './merkle.ts';
import { decodeBase64 } from './note.ts';
import type { Tree } from './proof.ts';

export interface Checkpoint extends Tree {
  /** Which log this is, as `images.example.org/tlog`. */
  readonly origin: string;
}

/** The note's text, with its last line feed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** `crypto.checkpoint_invalid`. `text` is what `verifyNote` gave. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = '', ...more] = text.split('\n');
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(sizeText) ? Number(sizeText) : Number.NaN;
  const root = decodeBase64(rootText);
  const isWhole = more.pop() === '' && !more.includes('');
  if (!isWhole || origin === '' || !Number.isSafeInteger(size) || root?.byteLength !== hashBytes)
    throw cryptoErrors.checkpoint_invalid(
      `"${text.slice(0, 100).replaceAll('\n', '\\n')}" is not origin, size and root in a line each`,
    );
  return { origin, size, root };
}
