// What the child does: two clients push, read, delete and undelete, each in its own repository and with layers that both
// share, while the collector goes over the store again and again on a clock that jumps. Each step is told before and
// after it, as JSON lines, so that whoever started it knows what was answered.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../../src/formats/oci/digest.ts';
import { mediaTypes } from '../../../src/formats/oci/media-type.ts';
import { createFilesystemBlobStore } from '../../../src/io/blobs/filesystem.ts';
import { silentLog } from '../../../src/kit/log.ts';
import { createCollection } from '../../../src/services/registry/collection.ts';
import { createDamageReporter } from '../../../src/services/registry/damage.ts';
import {
  grant,
  imageManifest,
  openRegistry,
  type RegistryFixture,
} from '../../../src/services/registry/registry.fixture.ts';
import { createStorageCheck } from '../../../src/services/registry/storage-check.ts';
import { createTrash } from '../../../src/services/registry/trash.ts';
import { createRandom, type SeededRandom } from './seeded.ts';

const [folder = '', seed = '1', steps = '20'] = process.argv.slice(2);
const MINUTE = 60_000;
/** A push spans two runs at most, and so less than the grace, even where the clock leaps at both. */
const GRACE_MS = 5 * 60 * MINUTE;
const RUN_MS = 110 * MINUTE;

const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const contentOf = (layer: number): string => `layer ${layer} `.repeat(200);

async function client(
  registry: RegistryFixture,
  name: string,
  random: SeededRandom,
  tick: () => Promise<void>,
) {
  const trash = createTrash(registry.stores, registry.manifests);
  const [push, pull, remove] = [grant('push', name), grant('pull', name), grant('delete', name)];

  /** As clients do: what is there is not sent. */
  async function ensureBlob(content: string): Promise<void> {
    const isThere = await registry.blobs.stat(pull, digestOf(content)).then(
      () => true,
      () => false,
    );
    if (!isThere) await registry.pushBlob(name, content);
  }

  async function told(step: object, work: () => Promise<object | undefined>): Promise<void> {
    say({ name, phase: 'try', ...step });
    try {
      const more = await work();
      say({ name, phase: 'done', ...step, ...more });
    } catch (error) {
      say({ name, phase: 'failed', ...step, error: String(error) });
    }
  }

  const listTags = async () => {
    try {
      return await registry.tags.list(pull, { limit: 100 });
    } catch {
      return [];
    }
  };

  const moves: Record<string, () => Promise<void>> = {
    async push() {
      const layers = Array.from({ length: 1 + random.below(3) }, () => contentOf(random.below(12)));
      const bytes = imageManifest({ layers, annotations: { of: `${name} ${random.below(1e9)}` } });
      const tag = `v${random.below(4)}`;
      await told({ step: 'push', tag, digest: digestOf(bytes) }, async () => {
        for (const content of ['{}', ...layers]) await ensureBlob(content);
        const put = await registry.manifests.put(push, { tag }, mediaTypes.ociManifest, bytes);
        return { missingBlobs: put.missingBlobs };
      });
    },
    async blob() {
      const content = contentOf(random.below(12));
      await told({ step: 'blob' }, async () => void (await registry.pushBlob(name, content)));
    },
    async deleteTag() {
      const tag = random.pick(await listTags());
      if (tag === undefined) return;
      await told({ step: 'deleteTag', tag }, async () => void (await registry.tags.delete(remove, tag)));
    },
    async deleteManifest() {
      const tag = random.pick(await listTags());
      if (tag === undefined) return;
      const { digest } = await registry.manifests.stat(pull, { tag });
      await told(
        { step: 'deleteManifest', digest },
        async () => void (await registry.manifests.delete(remove, digest)),
      );
    },
    async undelete() {
      const entries = await trash.list(pull, 10).catch(() => []);
      const entry = random.pick(entries.filter(({ kind }) => kind === 'manifest'));
      if (entry === undefined) return;
      const present = new Set(await listTags());
      const tags = entry.tags.filter((tag) => !present.has(tag));
      await told({ step: 'undelete', digest: entry.digest, tags }, async () => {
        const { missingBlobs } = await trash.undelete(push, { digest: entry.digest as Digest });
        return { missingBlobs };
      });
    },
  };
  const names = ['push', 'push', 'push', 'blob', 'deleteTag', 'deleteManifest', 'undelete'];
  for (let step = 0; step < Number(steps); step += 1) {
    await moves[random.pick(names) as string]?.();
    await tick();
  }
}

const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
await using registry = await openRegistry({ blobs, databaseFile: join(folder, 'plimsoll.db') });
const { stores } = registry;
const random = createRandom(Number(seed));
const collection = createCollection(stores, { graceMs: GRACE_MS, log: silentLog });
const onDamage = createDamageReporter(stores, silentLog);
const check = createStorageCheck(stores, { graceMs: GRACE_MS, onDamage, log: silentLog });
const never = new AbortController().signal;

const CLIENTS = ['one/app', 'two/app'];
const ticks = new Map(CLIENTS.map((name) => [name, 0]));
let isOver = false;
let wake = (): void => {};

/**
 * A run once every client has ended a step since the last one: however slow a client or a run is, and however fast the
 * others, no push meets more than two, as the grace wants it.
 */
async function collect(): Promise<void> {
  let seen: ReadonlyMap<string, number> = new Map();
  const isDue = (): boolean => [...ticks].every(([name, count]) => count > (seen.get(name) ?? -1));
  while (!isOver) {
    while (!isOver && !isDue())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    seen = new Map(ticks);
    stores.clock.time += RUN_MS;
    // Beside the step's time: a clock that leaps ahead or back. Neither may cost a grace.
    if (random.below(8) === 0) stores.clock.time += (random.below(3) - 1) * 400 * 24 * 60 * MINUTE;
    try {
      say({ name: 'collector', ...(await collection.run(never)) });
      if (random.below(4) === 0) await check.run(never);
    } catch (error) {
      say({ name: 'collector', error: String(error) });
    }
  }
}

(globalThis as { armFaults?: (isOn?: boolean) => void }).armFaults?.();
const collecting = collect();
await Promise.all(
  CLIENTS.map(async (name) => {
    await client(registry, name, createRandom(random.below(1e9)), async () => {
      ticks.set(name, (ticks.get(name) ?? 0) + 1);
      wake();
    });
    // One that is done holds nobody up.
    ticks.delete(name);
    wake();
  }),
);
isOver = true;
wake();
await collecting;
(globalThis as { armFaults?: (isOn?: boolean) => void }).armFaults?.(false);
