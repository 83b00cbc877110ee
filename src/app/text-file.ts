// Files that people write and a command or the server reads whole.
import { open } from 'node:fs/promises';
import { decodeUtf8, formatSize } from '../kit/bytes.ts';
import { appErrors } from './errors.ts';

/** The text, undefined where there is no such file, or `app.file_unreadable`. */
export async function readTextFile(path: string, maxBytes: number): Promise<string | undefined> {
  try {
    await using file = await open(path);
    // One byte more than may be: a file, or a pipe, that has it is too large, whatever its size says.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length > maxBytes) break;
    }
    if (length > maxBytes) throw new Error(`it has more than ${formatSize(maxBytes)}`);
    const text = decodeUtf8(buffer.subarray(0, length));
    if (text === undefined) throw new Error('it is not UTF-8 text');
    return text;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw appErrors.file_unreadable(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
