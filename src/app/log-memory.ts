// What this user has seen of other servers' tag logs: the key that is trusted and the last signed checkpoint, a
// file for each host. It is not a cache: whoever deletes one trusts the server anew.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogMemory } from '../entry/cli/world.ts';
import { limits } from '../kit/limits.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';

export function createLogMemory(
  folder: string,
  writeFile: (path: string, text: string) => Promise<void>,
): LogMemory {
  // A colon cannot stand in a file's name everywhere; a host has no underscore.
  const pathOf = (host: string): string => join(folder, `${host.replaceAll(':', '_')}.json`);
  return {
    pathOf,
    read: (host) => readTextFile(pathOf(host), limits.noteChars * 4),
    async write(host, text) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
      } catch (cause) {
        throw appErrors.file_unwritable(`${folder} cannot be made: ${(cause as Error).message}`, { cause });
      }
      await writeFile(pathOf(host), text);
    },
  };
}
