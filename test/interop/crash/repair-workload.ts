// What the child does: finds a layer and a manifest damaged and repairs both, with faults armed, telling how far it came
// as JSON lines.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../src/formats/oci/digest.ts';
import { createFilesystemBlobStore } from '../../../src/io/blobs/filesystem.ts';
import { openRegistry } from '../../../src/services/registry/registry.fixture.ts';
import { runRepairs } from './repair-run.ts';

const [folder = '', sound = '', ...digests] = process.argv.slice(2);
const arm = (isOn: boolean): void =>
  (globalThis as { armFaults?: (isOn: boolean) => void }).armFaults?.(isOn);

const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
await using registry = await openRegistry({ blobs, databaseFile: join(folder, 'plimsoll.db') });
arm(true);
await runRepairs(registry, sound, digests as Digest[], (line) => writeSync(1, `${JSON.stringify(line)}\n`));
arm(false);
